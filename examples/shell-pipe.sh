#!/bin/sh
# Standard input to standard output: records in, enriched records out, in the middle of a shell pipe.
set -e
here=$(cd "$(dirname "$0")" && pwd)
cd "$(mktemp -d)"
printf '%s\n' '{"id":"a","text":"Lovely"}' '{"id":"b","text":"Broke at once"}' |
  node "$here/../dist/cli/main.js" run - --emulate --id id --prompt 'Positive or negative? {{text}}' --dir run -o - --quiet |
  grep -o '"status":"[a-z]*"'
