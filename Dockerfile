# The server, its command line and the moderators' dashboard. `docker build -t vibesmatch-server .`, then
# `docker run … migrate up` and `docker run … serve`; `docker run -it … admin` is the dashboard.
FROM oven/bun:1.4.5-alpine AS install
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches ./patches
# Optional packages are the binaries of the embedded PostgreSQL: production has a real one.
RUN bun install --frozen-lockfile --production --omit=optional --ignore-scripts

FROM oven/bun:1.4.5-alpine
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=install /app/node_modules ./node_modules
# tsconfig.json says how JSX is compiled when NODE_ENV is not production.
COPY package.json tsconfig.json LICENSE ./
COPY sql ./sql
COPY server ./server
COPY client ./client
COPY cli ./cli
COPY admin-tui ./admin-tui
# For MEDIA_STORE=file:/var/lib/vibes/media; a new volume mounted here takes over its owner.
RUN mkdir /var/lib/vibes && chown 1000:1000 /var/lib/vibes
# This user can write to no other file of the image.
USER 1000:1000
EXPOSE 3000 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD wget --quiet --output-document=/dev/null "http://127.0.0.1:$PORT/readyz"
ENTRYPOINT ["bun", "cli/main.ts"]
CMD ["serve"]
