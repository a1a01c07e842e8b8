"""embeddings.py SOURCE RESULTS_FOLDER OUTPUT: vectors joined to JSON lines, every result line parsed and held in a dict."""
import json
import sys

from wire import results_by_id

source, folder, target = sys.argv[1:]
results = results_by_id(folder)
with open(source, encoding="utf-8") as records, open(target, "w", encoding="utf-8") as output:
    for line in records:
        record = json.loads(line)
        result = results.get(record["id"])
        if result is None:
            record["result"] = {"status": "missing", "customId": record["id"]}
        else:
            body = result["response"]["body"]
            record["result"] = {
                "status": "succeeded",
                "embedding": body["data"][0]["embedding"],
                "model": body["model"],
                "usage": {"inputTokens": body["usage"]["prompt_tokens"], "outputTokens": 0},
                "customId": record["id"],
            }
        output.write(json.dumps(record) + "\n")
