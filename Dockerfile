# The server, its command line and the moderators' dashboard, as one executable. `docker build -t vibesmatch-server .`, then
# `docker run … migrate up` and `docker run … serve`; `docker run -it … admin` is the dashboard.
FROM oven/bun:1.4.5-alpine AS build
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches ./patches
# Optional packages are the binaries of the embedded PostgreSQL: production has a real one.
RUN bun install --frozen-lockfile --production --omit=optional --ignore-scripts
# How JSX is compiled.
COPY tsconfig.json ./
COPY sql ./sql
COPY server ./server
COPY client ./client
COPY cli ./cli
COPY admin-tui ./admin-tui
COPY ops/build.ts ./ops/
# What `vibes --version` says: `--build-arg COMMIT=$(git rev-parse HEAD)`.
ARG COMMIT=unknown
RUN bun ops/build.ts "$COMMIT"

FROM alpine:3.22.2
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
# How Bun handles memory; ops/README.md says what it is worth. Bun does not start with a BUN_JSC setting that it does not
# know, so an upgrade has to look at it.
ENV MIMALLOC_PURGE_DELAY=60000 BUN_JSC_useWarmUpMarkedBlocks=0
# What Bun needs of C++, by the copy that it was tested with.
COPY --from=build /usr/lib/libstdc++.so.6 /usr/lib/libgcc_s.so.1 /usr/lib/
COPY --from=build /app/dist/vibes /usr/local/bin/
COPY LICENSE /usr/local/share/vibesmatch/
# For MEDIA_STORE=file:/var/lib/vibes/media; a new volume mounted here takes over its owner.
RUN mkdir /var/lib/vibes && chown 1000:1000 /var/lib/vibes
# This user can write to no other file of the image.
USER 1000:1000
EXPOSE 3000 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD wget --quiet --output-document=/dev/null "http://127.0.0.1:$PORT/readyz"
ENTRYPOINT ["vibes"]
CMD ["serve"]
