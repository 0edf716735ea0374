#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# tidemark check, the gate: what passes, what fails, and what it says and answers.

. "$(dirname "$0")/../lib/tap.sh"
need_tool
need_victim loses
mkdir "$T/tmp" && cd "$T" || exit 99
export TMPDIR=$T/tmp
loses=$(victim loses)

# gate NAME OPTIONS... -- COMMAND: runs the gate; $status, $T/NAME.out, $T/NAME.err
gate() {
	local name=$1
	shift
	bare "$name" "$TIDEMARK" check "$@"
}

# says NAME TEXT DESCRIPTION: the verdict has this in it
says() {
	if grep -qF -- "$2" "$T/$1.err"; then
		pass "$3"
	else
		fail "$3" "not said: $2" "$(head -20 "$T/$1.err")"
	fi
}

says_not() {
	if grep -qF -- "$2" "$T/$1.err"; then
		fail "$3" "said: $2"
	else
		pass "$3"
	fi
}

## Clean, leaking, failing

gate clean -- "$loses" keep=100
is $status 0 'a clean program passes'
says clean 'passed: 1 process within its limits' 'and the verdict says so'
gate quiet -q -- "$loses" keep=100
is "$(cat quiet.err)" '' 'with -q it says nothing'

gate leak -- "$loses" lose=1000
is $status 23 'an injected leak fails with 23'
says leak 'definitely lost: 1000 B in 1 block, at most 0 B' 'the limit is named'
says leak 'lose_one' 'and the function'
says leak 'loses.c:' 'and the line'
says leak "loses lose=1000 (process" 'and the command line'

gate chain --max-definite none --max-indirect 200 -- "$loses" chain
is $status 23 'indirect leaks have a limit of their own'
says chain 'indirectly lost: 224 B in 2 blocks, at most 200 B' 'which is told in bytes'
gate chain2 --max-definite 112 -- "$loses" chain
is $status 0 'a limit is the most that passes'
gate chain3 --max-definite 111 -- "$loses" chain
is $status 23 'and not a byte more'
says chain3 'and 224 B in 2 blocks by way of them' 'what hangs on a leak is said with it'

gate possible -- "$loses" possible
is $status 0 'possible leaks are not limited by themselves'
gate possible2 --max-possible 0 -- "$loses" possible
is $status 23 'they are on request'

## Budgets

gate peak --max-peak 64K -- "$loses" parse=1000000
is $status 23 'a budget for the peak'
says peak 'held at the peak' 'is told by name'
gate peak2 --max-peak 2M --max-live 1K --max-total 2M --max-calls 10 --max-reachable 1K -- \
	"$loses" parse=1000000 keep=10
is $status 0 'within all budgets it passes'
gate calls --max-calls 1 -- "$loses" keep=1 keep=2
is $status 23 'allocations can be limited'
gate function --limit 'parse_*:peak=500K' -- "$loses" keep=600000 parse=1000000
is $status 23 'functions have budgets'
says function 'by parse_*' 'and are named'
gate function2 --limit 'parse_*:peak=1M,calls=1' --limit 'lose_*:definite=50' -- \
	"$loses" keep=2000000 parse=1000 lose=10 --max-definite
is $status 23 'the budget of a function does not lift that of the whole'
gate function3 --max-definite none --limit 'lose_*:definite=50' -- "$loses" lose=10
is $status 0 'but where that is none, its own counts'
gate function4 --limit 'parze_*:peak=1M' -- "$loses" parse=1000
is $status 2 'a limit that is for no function that ran does not pass'
says function4 'parze_*' 'and is named'

## Exit statuses

gate status5 -- "$loses" lose=10 status=5
is $status 5 'the status of a failing program is passed on'
says status5 'lose_one' 'and its leaks are told all the same'
gate abort -- "$loses" abort
is $status 134 'so is its signal'
gate childkill --all-programs -- sh -c "'$loses' kill; exit 0"
is $status 2 'a process that was killed before the search is not measured'
says childkill 'NOT MEASURED' 'which is said'
says childkill 'ended by a signal' 'with the reason'
gate childkill2 --allow-unmeasured loses -- sh -c "'$loses' kill; '$loses' keep=1; exit 0"
is $status 2 'nothing is judged below a shell elsewhere'
gate childkill3 --only loses --allow-unmeasured loses -- sh -c "'$loses' kill; '$loses' keep=1"
is $status 0 'unless it may end so, by name'
gate childkill4 --only loses --allow-unmeasured loses -- sh -c "'$loses' kill; exit 0"
is $status 2 'but not if nothing at all was measured'
TIDEMARK_LEAKS=0 gate off -- "$loses" lose=10
is $status 2 'without a search for leaks nothing passes'
TIDEMARK_LEAKS=0 gate off2 --max-definite none --max-peak 1M -- "$loses" lose=10
is $status 0 'unless no limit is about leaks'
gate sampled --run-option=--sample=64K -- "$loses" keep=10
is $status 2 'a sample proves nothing about leaks'
says sampled 'leave out --sample' 'and the option is named'
says_not sampled 'ends by a signal' 'not another cause'
gate noleaks --run-option=--no-leaks -- "$loses" keep=10
is "$status,$(grep -c 'with --no-leaks' noleaks.err),$(grep -c 'by a signal' noleaks.err)" 2,2,0 \
	'nor does a recording without the search, which is said'
gate after --run-option=--start-after=9 -- "$loses" keep=10
is $status 2 'nor one that began too late'
says after '--start-after' 'which is said'
gate shell -- sh -c 'exit 0'
is $status 2 'a shell is not judged'
says shell 'never shells, make and their like, even when started directly' 'which is said'
gate pid $$
is $status 2 'a process is neither a program nor a recording'
says pid "tidemark leaks $$" 'and who can be asked is said'
says_not pid 'NOT MEASURED' 'without a verdict'
gate exec -- "$loses" lose=10 exec
is $status 2 'a program that goes on as another has not been searched'
gate missing -- "$T/no-such-program"
is $status 2 'a program that is not there cannot be checked'
says_not missing 'NOT MEASURED' 'and there is no verdict on it'
gate badoption --run-option=--no-such-option -- "$loses"
is $status 2 'nor with an option that run does not have'
says badoption '--no-such-option' 'which is named'
gate usage --max-peak many -- "$loses"
is $status 2 'a limit that is none is refused'
says usage "'many'" 'by name'
gate usage2
is $status 2 'nothing to check is wrong usage'
gate usage3 "$T" -- "$loses"
is $status 2 'recordings or a program, not both'
gate growth --max-growth 5% -- "$loses"
is $status 2 'growth needs a baseline'
head -c 5000 /dev/urandom >"$T/broken.tide"
gate broken "$T/broken.tide"
is $status 3 'a recording that cannot be read is 3'

## The text reaches the user

gate closes -- "$loses" quiet lose=77
is $status 23 'a program that closes its standard error fails still'
says closes 'definitely lost: 77 B in 1 block' 'and the user reads why'

## Suppressions

cat >ok.supp <<-'EOF'
	# both syntaxes in one file
	leak:^lose_one$
	{
	   a chain
	   Memcheck:Leak
	   match-leak-kinds: definite
	   fun:malloc
	   fun:make_link
	   fun:lose_chain
	   ...
	   fun:main
	}
	leak:no_longer_there
EOF
gate supp --suppressions ok.supp --max-indirect 0 -- "$loses" lose=10 chain
is $status 0 'suppressed leaks pass, and what hangs on them'
says supp 'ok.supp:2 leak:^lose_one$' 'what was suppressed is told with its entry'
says supp 'ok.supp:3 a chain' 'in either syntax'
says supp 'unused suppression: ok.supp:13 leak:no_longer_there matched nothing' \
	'entries that matched nothing are named'
gate supp2 --suppressions ok.supp -- "$loses" possible lose=5 --
is $status 0 'other words are none of its business'
printf 'leak:x\nrace:y\n' >bad.supp
gate supp3 --suppressions bad.supp -- "$loses"
is $status 2 'a mistake in a file is wrong usage'
says supp3 'bad.supp:2:' 'and named with its line'

for syntax in lsan valgrind; do
	gate gen-$syntax --gen-suppressions gen.$syntax --suppression-syntax $syntax -- \
		"$loses" lose=10 chain
	is $status 23 "entries are written while it fails ($syntax)"
	gate again-$syntax --suppressions gen.$syntax -- "$loses" lose=10 chain
	is $status 0 'and let it pass the next time'
	says_not again-$syntax 'unused' 'all of them'
done

gate gen-main --gen-suppressions gen.main -- "$loses" main=33
is $status 23 'a leak in main itself'
is "$(grep -c '^leak:' gen.main)" 0 'is not suppressed by a template that fits all below main'
gate main-again --suppressions gen.main -- "$loses" main=33
is $status 0 'but by its stack'
gate main-more --suppressions gen.main -- "$loses" main=33 lose=44
is $status 23 'which no leak elsewhere fits'
says main-more 'definitely lost: 44 B in 1 block' 'that one alone fails'
gate gen-nest --gen-suppressions gen.nest -- "$loses" nest=50
is $status 23 'a leak in a function that another leak came about below'
is "$(grep -c '^leak:^lose_around' gen.nest),$(grep -c '^leak:^lose_one\$' gen.nest)" 0,1 \
	'is suppressed by its stack, too'
gate nest-again --suppressions gen.nest -- "$loses" nest=50
is $status 0 'both then pass'
sed '/^leak:/d' gen.nest >gen.around
gate nest-more --suppressions gen.around -- "$loses" nest=50
is $status 23 'and each entry is for its own'

if [ -x "$VICTIMS/loses_cxx" ]; then
	for entry in leak:app::Loader leak:_ZN3app6LoaderIlE4load leak:loses_cxx.cc leak:load_all; do
		echo "$entry" >cxx.supp
		gate cxx --suppressions cxx.supp -- "$(victim loses_cxx)"
		is $status 0 "names of C++: $entry"
	done
	gate cxx-gen --gen-suppressions cxx.gen --suppression-syntax valgrind -- \
		"$(victim loses_cxx)"
	is "$(grep -c '_ZN3app6LoaderIlE4loadE' cxx.gen)" 1 'entries for Valgrind are mangled'
	gate cxx-again --suppressions cxx.gen -- "$(victim loses_cxx)"
	is $status 0 'and fit'
else
	skip 'names of C++' 'there is no C++ compiler'
fi

gate own -- "$(victim loses_own)" lose=10
is $status 0 "a program's own suppressions count"
says own '__lsan_default_suppressions of loses_own' 'and are told'
gate own2 --no-default-suppressions -- "$(victim loses_own)" lose=10
is $status 23 'unless they are not to'
gate own3 -- "$(victim loses_own2)" lose=10
is $status 23 'what is not a constant is not called'
says own3 'cannot be read' 'which is said'

## Baselines

gate save --save-baseline base.json -- "$loses" lose=1000
is $status 0 'a baseline takes the leaks as they are'
gate base --baseline base.json -- "$loses" lose=1000
is $status 0 'which then pass'
gate base2 --baseline base.json -- "$loses" lose=1000 chain
is $status 23 'and new ones fail'
says base2 '112 B in 1 block, at most 0 B' 'they alone'
says_not base2 'lose_one' 'the old ones are not told again'
gate base3 --baseline base.json -- "$loses" lose=1000 lose=1000
is $status 23 'more of an old one is new'
gate base4 --baseline base.json -- "$loses" keep=5
says base4 'gone since base.json: 1 leak' 'one that is gone is counted'
gate keep -o kept -- "$loses" lose=1000
is $status 23 'recordings can be kept'
recording=$(echo kept/*/*.tide)
gate base5 --baseline "$recording" -- "$loses" lose=1000
is $status 0 'and are a baseline too'
gate again "$recording"
is $status 23 'and are judged like the program'
gate again2 kept/*
is $status 23 'by their directory, too'
gate grown --baseline base.json --max-growth 5% --max-definite none -- "$loses" lose=1000 keep=50000
is $status 23 'growth over the baseline fails'
says grown 'against the baseline' 'and is told'
gate grown2 --baseline base.json --max-growth 5% -- "$loses" lose=1010
is $status 0 'a few bytes are no growth'
gate nobase --baseline nothing.json -- "$loses"
is $status 2 'a baseline that is not there is an error'
echo '{"schema":"other"}' >other.json
gate other --baseline other.json -- "$loses"
is $status 3 'and so is one that is none'
gate unsaved --save-baseline unsaved.json -- "$loses" lose=10 status=4
is "$status $(ls unsaved.json 2>/dev/null)" '4 ' 'none is made of a run that failed'

## Children

gate child -- "$loses" child lose=321
is $status 23 'a leak in a child fails'
says child 'definitely lost: 321 B' 'and is told of the child'
is "$(ls tmp)" '' 'no directory is left behind'

done_testing
