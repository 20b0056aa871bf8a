# The server and its command line. `docker build -t vibesmatch-server .`; `docker run … migrate up`, then `serve`.
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
COPY package.json LICENSE ./
COPY sql ./sql
COPY server ./server
COPY cli ./cli
# No file of the image is writable to it.
USER 1000:1000
EXPOSE 3000 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["bun", "-e", "const { status } = await fetch(`http://127.0.0.1:${process.env.PORT}/readyz`); process.exit(status === 200 ? 0 : 1)"]
ENTRYPOINT ["bun", "cli/main.ts"]
CMD ["serve"]
