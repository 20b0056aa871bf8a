API=https://api.example.com/api/v1
EMAIL=you@example.com
curl -sS $API/auth/send-otp -H "Content-Type: application/json" -d '{"email":"'$EMAIL'"}'
