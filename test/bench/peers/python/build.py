"""build.py csv|jsonl|json SOURCE FOLDER: request files from records, as a short script does it: all of them in a list, then out."""
import csv
import json
import os
import sys

from wire import SHARD_REQUESTS, request

form, source, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with open(source, newline="", encoding="utf-8") as file:
    if form == "csv":
        records = list(csv.DictReader(file))
    elif form == "jsonl":
        records = [json.loads(line) for line in file]
    else:
        records = json.load(file)
lines = [json.dumps(request(record)) for record in records]
for first in range(0, len(lines), SHARD_REQUESTS):
    name = f"requests-{first // SHARD_REQUESTS + 1:04d}.jsonl"
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write("\n".join(lines[first : first + SHARD_REQUESTS]) + "\n")
