# SPDX-License-Identifier: Apache-2.0
#
# Sums what jcstress prints for each JVM to one table: test, outcome, how often, whether it may be.
/^\.+ \[[A-Z ]+\] / {
  test = $NF
  sub(/^io\.dittobus\./, "", test)
  if (!(test in seen)) {
    seen[test] = 1
    order[++tests] = test
  }
  if ($0 !~ /\[OK\]/) {
    state = $0
    sub(/^\.+ \[/, "", state)
    sub(/\].*/, "", state)
    if (state ~ /FAILED|ERROR|TIMEOUT|VM/) bad[test] = state
  }
  table = 0
  next
}
/RESULT +SAMPLES +FREQ +EXPECT/ { table = 1; next }
table && NF == 0 { table = 0 }
table && match($0, /[0-9,]+ +[<>]?[0-9.]+% +[A-Z][a-z]+/) {
  outcome = substr($0, 1, RSTART - 1)
  gsub(/^ +| +$/, "", outcome)
  rest = substr($0, RSTART)
  split(rest, part, / +/)
  count = part[1]
  gsub(/,/, "", count)
  key = test SUBSEP outcome
  if (!(key in sum)) outcomes[test] = outcomes[test] (outcomes[test] == "" ? "" : "\n") outcome
  sum[key] += count
  expect[key] = part[3]
}
END {
  printf "%-45s %-22s %15s  %s\n", "test", "outcome", "times", ""
  failed = tests == 0
  for (i = 1; i <= tests; i++) {
    test = order[i]
    n = split(outcomes[test], list, "\n")
    for (j = 1; j <= n; j++) {
      key = test SUBSEP list[j]
      printf "%-45s %-22s %15d  %s\n", j == 1 ? test : "", list[j], sum[key], tolower(expect[key])
      if (expect[key] == "Forbidden" && sum[key] > 0) failed = 1
    }
    if (test in bad) { printf "%-45s %s\n", test, bad[test]; failed = 1 }
  }
  printf "\n%d tests; %s\n", tests, failed ? "NOT every outcome was acceptable" : "every outcome was acceptable"
  exit failed
}
