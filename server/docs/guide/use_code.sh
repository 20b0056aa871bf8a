CODE=042137
field() { grep -o "\"$1\":\"[^\"]*" | head -n 1 | cut -d'"' -f4; }
TOKEN=$(curl -sS $API/auth/verify-otp -H "Content-Type: application/json" -d '{"email":"'$EMAIL'","code":"'$CODE'"}' | field access_token)
call() { to=$API/$1; shift; curl -sS "$to" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" "$@"; echo; }

call discovery/profiles?limit=1
TO=$(call discovery/profiles?limit=1 | field id)
call messages/request -d '{"receiver_id":"'$TO'","content":"Hi! Which trail is that in your photo?"}'
call messages/requests?type=sent
call conversations
call sync?since=0
