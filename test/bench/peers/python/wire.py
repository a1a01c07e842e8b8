"""What the peers in Python share: the request of a record, and what a result line says."""
import os

SHARD_REQUESTS = 50_000
SYSTEM = "You label product reviews. Answer with one word: praise, complaint, question or mixed."


def request(record):
    return {
        "custom_id": record["id"],
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "gpt-4o-mini",
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": f"Title: {record['title']}\n\nReview: {record['text']}"},
            ],
            "max_tokens": 256,
        },
    }


def result_files(folder):
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def results_by_id(folder):
    import json

    results = {}
    for path in result_files(folder):
        with open(path, encoding="utf-8") as file:
            for line in file:
                result = json.loads(line)
                results[result["custom_id"]] = result
    return results
