#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Servers under load: the same answers with and without recording, no stack that differs, an end in
# order.
#
# shellcheck disable=SC2317 # functions called by name

. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/real.sh"
need_tool
TIMEOUT=300
requests=3000
[ -z "$LONG" ] || requests=200000
export HOME=$T
server=

stop_server() { [ -n "$server" ] && kill "$server" 2>/dev/null; }
trap 'stop_server; tap_cleanup' EXIT

# Below those that the kernel gives to clients.
free_port() {
	local port
	for ((port = 10000 + RANDOM % 20000; ; port++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# start NAME COMMAND...: bare when NAME ends with -bare, else recorded with every stack compared
start() {
	local name=$1
	shift
	mkdir -p "$T/$name.d"
	chmod 777 "$T/$name.d"
	if [[ $name = *-bare ]]; then
		"$@" >"$T/$name.log" 2>&1 </dev/null &
	else
		TIDEMARK_OUTPUT="$T/$name.d/%n.%p.tide" TIDEMARK_VERIFY=1 \
			LD_PRELOAD="$TIDEMARK_LIBRARY" "$@" >"$T/$name.log" 2>&1 </dev/null &
	fi
	server=$!
}

# The server ends by itself; its status is in $status
end_of_server() {
	await has_ended "$server"
	kill -KILL "$server" 2>/dev/null
	wait "$server"
	status=$?
	server=
}

has_ended() { ! kill -0 "$1"; }

recorded_well() {
	is "$(sum_of "$T/$1.d" .verify.differences)" 0 "$1: no stack differs from libunwind's"
	at_least "$(sum_of "$T/$1.d" .verify.compared)" 1000 "$1: stacks were compared"
	is "$(missing_in "$T/$1.d")" 0 "$1: nothing is missing from the books"
	is "$(sum_of "$T/$1.d" '.recording.state | if . == "exited" then 0 else 1 end')" 0 \
		"$1: the recordings are closed"
}

redis_answers() {
	local cli=(redis-cli -p "$1") i
	{
		for ((i = 0; i < 60; i++)); do
			echo "set key-$((i * 37 % 50)) $((i * 11))"
			echo "rpush list-$((i % 5)) v$i"
			echo "zadd zset $((i * 7 % 31)) m$i"
			echo "hset hash f$i $i"
		done
		echo "get key-7"
		echo "lrange list-3 0 -1"
		echo "zrange zset 0 -1 withscores"
		echo "hlen hash"
		echo "eval \"return {1,2,{3,'x'}}\" 0"
		echo "nonsense"
		echo "flushall"
	} | "${cli[@]}"
}

run_redis() { # NAME
	local port
	port=$(free_port)
	start "$1" redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$T"
	await redis-cli -p "$port" ping || diag "$(tail -3 "$T/$1.log")"
	redis_answers "$port" >"$T/$1.answers" 2>&1
	redis-benchmark -p "$port" -q -n "$requests" -c 20 -r 1000 -d 100 \
		-t set,get,incr,lpush,lpop,sadd,hset,zadd,mset >"$T/$1.load" 2>&1
	is "$?" 0 "$1: redis-benchmark is content"
	redis-cli -p "$port" shutdown nosave >/dev/null 2>&1
	end_of_server
	is "$status" 0 "$1: the server ends in order"
}

nginx_config() { # PORT DIRECTORY
	cat <<-END
		daemon off; worker_processes 2; pid $2/pid; error_log $2/error.log;
		$([ "$(id -u)" = 0 ] && echo "user root;")
		events { worker_connections 256; }
		http {
			access_log $2/access.log; client_body_temp_path $2/t1; proxy_temp_path $2/t2;
			fastcgi_temp_path $2/t3; uwsgi_temp_path $2/t4; scgi_temp_path $2/t5;
			gzip on; gzip_min_length 100; gzip_types *;
			server { listen 127.0.0.1:$1; root $2/www;
				location /old { return 301 /page.html; } }
		}
	END
}

run_nginx() { # NAME
	local port place=$T/nginx
	port=$(free_port)
	rm -rf "$place"
	mkdir -p "$place/www"
	chmod -R 777 "$place"
	seq 1 3000 >"$place/www/page.html"
	nginx_config "$port" "$place" >"$place/conf"
	start "$1" nginx -c "$place/conf" -e "$place/error.log" -p "$place"
	await ab -n 1 "http://127.0.0.1:$port/page.html" || diag "$(tail -3 "$T/$1.log")"
	ab -q -n "$requests" -c 20 -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/page.html" \
		>"$T/$1.load" 2>&1
	ab -q -n "$((requests / 10))" -c 5 "http://127.0.0.1:$port/missing" >>"$T/$1.load" 2>&1
	ab -q -n 10 "http://127.0.0.1:$port/old" >>"$T/$1.load" 2>&1
	grep -E '^(Document|Complete|Failed|Non-2xx|Total transferred)' "$T/$1.load" >"$T/$1.answers"
	kill -QUIT "$server"
	end_of_server
	is "$status" 0 "$1: the server ends in order"
}

both() { # NAME FUNCTION
	"$2" "$1-bare"
	"$2" "$1"
	same "$T/$1-bare.answers" "$T/$1.answers" "$1: same answers"
	recorded_well "$1"
}

if have redis-server && have redis-benchmark && have redis-cli; then
	both redis run_redis
else
	skip redis "redis-server or redis-benchmark is not installed"
fi
if have nginx && have ab; then
	both nginx run_nginx
else
	skip nginx "nginx or ab is not installed"
fi

done_testing
