"""join.py csv|jsonl|function SOURCE RESULTS_FOLDER OUTPUT: every result line parsed and held in a dict, then the records in their order.

csv and jsonl write what `millrace join` writes; function writes a CSV with columns that user code makes.
"""
import csv
import json
import sys

from wire import results_by_id

form, source, folder, target = sys.argv[1:]
results = results_by_id(folder)


def outcome(record):
    id = record["id"]
    result = results.get(id)
    if result is None:
        return {"status": "missing", "customId": id}
    response = result["response"]
    body = response["body"]
    if response["status_code"] != 200:
        error = body["error"]
        code = error["code"] or error["type"]
        details = {"code": code, "message": error["message"], "type": error["type"], "status": response["status_code"]}
        return {"status": "errored", "reason": code, "customId": id, "error": details}
    choice = body["choices"][0]
    usage = body["usage"]
    truncated = choice["finish_reason"] == "length"
    return {
        "status": "unusable" if truncated else "succeeded",
        "reason": "truncated" if truncated else None,
        "text": choice["message"]["content"],
        "finishReason": choice["finish_reason"],
        "model": body["model"],
        "usage": {
            "inputTokens": usage["prompt_tokens"],
            "outputTokens": usage["completion_tokens"],
            "cachedInputTokens": usage["prompt_tokens_details"]["cached_tokens"],
            "reasoningTokens": usage["completion_tokens_details"]["reasoning_tokens"],
        },
        "customId": id,
    }


def standard_columns(record):
    result = outcome(record)
    usage = result.get("usage", {})
    return {
        "result_status": result["status"],
        "result_reason": result.get("reason"),
        "result_text": result.get("text"),
        "result_finish_reason": result.get("finishReason"),
        "result_model": result.get("model"),
        "result_input_tokens": usage.get("inputTokens"),
        "result_output_tokens": usage.get("outputTokens"),
        "result_custom_id": result["customId"],
    }


def user_columns(record):
    """The same columns as in subjects/join-function.ts."""
    result = outcome(record)
    text = result.get("text") or ""
    usage = result.get("usage", {})
    return {
        "answer": text,
        "kind": "json" if text.startswith("{") else "prose",
        "tokens": usage.get("inputTokens", 0) + usage.get("outputTokens", 0),
        "usable": "yes" if result["status"] == "succeeded" else "no",
    }


with open(source, newline="", encoding="utf-8") as records, open(target, "w", newline="", encoding="utf-8") as output:
    if form == "jsonl":
        for line in records:
            record = json.loads(line)
            record["result"] = outcome(record)
            output.write(json.dumps(record) + "\n")
    else:
        columns = user_columns if form == "function" else standard_columns
        reader = csv.DictReader(records)
        writer = None
        for record in reader:
            record.update(columns(record))
            if writer is None:
                writer = csv.DictWriter(output, list(record), lineterminator="\n")
                writer.writeheader()
            writer.writerow(record)
