#!/usr/bin/env bash
# Runs that are killed, stopped, and shared among processes, as users have them:
#   tests/training/runs.sh KANI_TRAIN
# shellcheck source=tests/training/common.sh
. "$(dirname "$0")/common.sh"

kills=20
steps=40
RANDOM=1 # the same moments each time, as far as a machine allows

# become RUN [OPTION ...]: the trainer takes the place of this shell, which `become ... &` needs so
# that $! is the trainer.
become() {
  local run=$1
  shift
  exec "$kani_train" lm --model "$work/tiny" --corpus "$work/corpus" --run "$work/$run" \
    --steps $steps --rate 3e-3 --warmup 5 --pack-tokens 512 --packs-per-step 2 --compute fp32 \
    --save-every 3 --evaluate-every 1000 --threads 1 "$@" 2>>"$work/log"
}
train() { (become "$@"); }
losses() { grep -o '^{"step":[0-9]*,"loss":[^,]*' "$work/$1/metrics.jsonl"; }
targets() { grep -o '"targets":[0-9]*' "$work/$1/metrics.jsonl"; }

# same_bits RUN [EXPECTED]: every loss, step by step.
same_bits() {
  diff <(losses "$1") <(losses "${2:-whole}") >"$work/diff" ||
    fail "the losses of $1 are not those of ${2:-whole}: $(head -n 4 "$work/diff")"
}

encode 18
train whole
[ "$(losses whole | wc -l)" = $steps ] || fail "$steps lines of metrics expected"

# kill -9 at random moments: between updates, in them, while checkpoints are written.
killed=0
for ((run = 1; killed < kills; run++)); do
  while :; do
    touch "$work/born"
    become "killed$run" &
    until [ "$work/killed$run/metrics.jsonl" -nt "$work/born" ] || ! kill -0 $! 2>/dev/null; do
      sleep 0.02
    done
    sleep "$((RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    kill -9 $! 2>/dev/null || true
    code=0
    wait $! 2>/dev/null || code=$?
    [ $code != 0 ] || break # it came to its end
    [ $code = 137 ] || fail "exit code $code instead of 137: $(tail -n 3 "$work/log")"
    killed=$((killed + 1))
    [ $killed -lt $kills ] || { train "killed$run" && break; }
  done
  same_bits "killed$run"
done
echo "$killed times killed, $((run - 1)) runs: the same losses to the last bit"

# A stop is an exit code, a checkpoint, and a run that goes on.
for signal in TERM USR1; do
  become "stopped$signal" &
  while [ ! -s "$work/stopped$signal/metrics.jsonl" ]; do sleep 0.05; done
  kill -$signal $!
  code=0
  wait $! || code=$?
  [ $code = 8 ] || fail "SIG$signal: exit code $code instead of 8"
  [ -e "$work/stopped$signal/latest/model.safetensors" ] || fail "SIG$signal: no checkpoint"
  train "stopped$signal"
  same_bits "stopped$signal"
done
echo 'stopped and gone on'

# Two processes: the same clips in each update, the same losses within rounding; and to the last
# bit when they are stopped and go on.
train two --nproc 2
diff <(targets two) <(targets whole) || fail 'two processes trained on other clips'
paste -d: <(losses two) <(losses whole) | awk -F: '
  { difference = $3 - $6; if (difference < 0) difference = -difference }
  difference > worst { worst = difference }
  END { print "two processes: largest difference of a loss", worst + 0; exit !(NR > 0 && worst < 1e-3) }' ||
  fail 'two processes have other losses'
become two_stopped --nproc 2 &
while [ "$(losses two_stopped 2>/dev/null | wc -l)" -lt 4 ]; do sleep 0.05; done
kill -TERM $!
code=0
wait $! || code=$?
[ $code = 8 ] || fail "two processes: exit code $code instead of 8: $(tail -n 3 "$work/log")"
train two_stopped --nproc 2
same_bits two_stopped two

# A process that dies takes the others with it, by an exit code and not by waiting for ever.
become dead --nproc 2 &
launcher=$!
while [ ! -s "$work/dead/metrics.jsonl" ]; do sleep 0.05; done
read -r -a ranks < <(cat "/proc/$launcher/task/$launcher/children" && echo)
kill -9 "${ranks[1]}"
code=0
wait $launcher || code=$?
case $code in 0 | 8) fail "a dead process: exit code $code" ;; esac
[ ! -e "/proc/${ranks[0]}" ] || fail 'a process was left behind'
train dead
echo "a dead process: exit code $code"
