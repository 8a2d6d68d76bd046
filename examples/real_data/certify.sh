#!/bin/sh
# From real labels and verdicts to a gate, twice: import, split, certify, gate.
#   CALIBRANT_REAL_DATA=DATA examples/real_data/certify.sh FOLDER
# DATA has mtbench/ and llm_rubric/, each with items.jsonl, human.jsonl and judge.jsonl. The two studies are made
# in FOLDER. Exit code: 0 every step ran, whatever the gates said; 1 one could not.
set -u
if [ -z "${CALIBRANT_REAL_DATA:-}" ] || [ $# -ne 1 ]; then
  echo "certify.sh FOLDER, with CALIBRANT_REAL_DATA naming the folder that has mtbench/ and llm_rubric/" >&2
  exit 1
fi
data=$CALIBRANT_REAL_DATA
into=$1
examples=$(cd "$(dirname "$0")/.." && pwd) || exit 1

say() { printf '\n# %s\n' "$*"; }

# Shows a command and runs it. Exit code 2 is an answer ("no"), 1 is not.
run() {
  printf '$ %s\n' "$*"
  "$@"
  found=$?
  [ "$found" -eq 0 ] || printf '(exit code %s)\n' "$found"
  [ "$found" -ne 1 ] || exit 1
}

mkdir -p "$into" && cd "$into" || exit 1

say "MT-Bench: which of two answers is better? Experts voted; GPT-4 gave its verdict on the same pairs."
run calibrant init votes --rubric "$examples/mtbench/rubric.yaml"
run calibrant import "$data/mtbench/items.jsonl" "$data/mtbench/human.jsonl" "$data/mtbench/judge.jsonl" --study votes

say "Half of the pairs are put aside. Nobody sees their votes beside the verdicts until the judge is tested on them."
run calibrant split freeze --study votes

say "Which pairs were voted on was left to chance. A wave over all that are held out says so; without one the" \
  "labelled pairs could be the easy ones, and no look is taken."
run calibrant wave draw --split held_out --n 1200 --study votes

say "Who the judge is, and what it must show: written down before anybody looks."
cat >> votes/study.toml <<'END'

[judges.gpt-4-pair]
import = "gpt-4, pairwise prompt of MT-Bench, both orders"

[policy.criteria.preference]
floor = 0.40              # people among themselves reach about 0.49
items_min_stratum = 60    # and every kind of question is to be covered
END
tail -n 6 votes/study.toml

say "The test. It can be taken again, but each further one is stricter."
run calibrant certify gpt-4-pair --study votes --plan
run calibrant certify gpt-4-pair --study votes --by script

say "What a pipeline runs: no database, no network."
run calibrant gate gpt-4-pair --study votes

say "LLM-Rubric: how satisfied would somebody be with this dialogue, from 1 to 4? GPT-3.5 says, and so did people." \
  "Only the real dialogues: the synthetic ones have no text here."
mkdir -p real
for file in items human judge; do
  grep '"item_id": "real:' "$data/llm_rubric/$file.jsonl" > "real/$file.jsonl" || exit 1
done
run calibrant init dialogues --rubric "$examples/llm_rubric/rubric.yaml"
run calibrant import real/items.jsonl real/human.jsonl real/judge.jsonl --not-applicable 0 --study dialogues
run calibrant split freeze --study dialogues
cat >> dialogues/study.toml <<'END'

[judges."gpt-3.5-turbo-16k"]
import = "gpt-3.5-turbo-16k, prompt of LLM-Rubric"

[policy.criteria.Q0]
floor = 0.40
END
run calibrant certify gpt-3.5-turbo-16k --study dialogues --plan
run calibrant certify gpt-3.5-turbo-16k --study dialogues --by script
run calibrant gate gpt-3.5-turbo-16k --study dialogues
exit 0
