# The coordinator. Build from the repository's root:
#   docker build -f deploy/docker/coordinator.Dockerfile -t helium/coordinator .
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY shared/package.json shared/
COPY coordinator/package.json coordinator/
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund --workspace=@helium/coordinator --workspace=@helium/proto --workspace=@helium/shared

FROM node:24-bookworm-slim
WORKDIR /
# For whichever user it runs as, also without a volume.
RUN mkdir -p var/lib/helium && chmod 1777 var/lib/helium
WORKDIR /app
COPY --from=dependencies /app ./
COPY proto proto
COPY shared shared
COPY coordinator coordinator
ENV NODE_ENV=production HELIUM_HOME=/var/lib/helium HELIUM_LISTEN=0.0.0.0:7420
USER 10001:10001
EXPOSE 7420
ENTRYPOINT ["node", "coordinator/src/main.ts"]
