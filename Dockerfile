# syntax=docker/dockerfile:1
# One image for both ends of a Dataflow job: it launches flex templates, and workers run in it.
#   docker build --target stream --tag REGION-docker.pkg.dev/PROJECT/neural-engine/stream:TAG .
# Targets: stream, batch, rewrap. They differ in one variable and share every layer.
# Pin the three bases by digest in your registry; the tags are those that this version was made for.

ARG PYTHON_VERSION=3.11
ARG BEAM_VERSION=2.77.0

FROM apache/beam_python${PYTHON_VERSION}_sdk:${BEAM_VERSION} AS beam
FROM gcr.io/dataflow-templates-base/python311-template-launcher-base:20230622_RC00 AS launcher

FROM python:${PYTHON_VERSION}-slim-bookworm AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# Equal numbers on every worker: one way through OpenBLAS and numpy, whatever the processor has.
# The kernels are compiled below, once, where every user of the image may read them.
ENV OPENBLAS_CORETYPE=HASWELL \
    NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR" \
    NUMBA_CPU_NAME=haswell NUMBA_CPU_FEATURES="+avx,+avx2,+bmi,+bmi2,+cx16,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse3,+sse4.1,+sse4.2,+ssse3" \
    NUMBA_CACHE_DIR=/opt/neural-engine/kernels \
    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 \
    PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

COPY --from=beam /opt/apache/beam /opt/apache/beam
COPY --from=launcher /opt/google/dataflow/python_template_launcher /opt/google/dataflow/python_template_launcher

WORKDIR /opt/neural-engine
# What changes seldom comes first: a change of code does not install libraries again.
COPY requirements.txt constraints.txt ./
RUN pip install --requirement requirements.txt
COPY setup.py pyproject.toml MANIFEST.in README.md LICENSE ./
COPY devices devices
COPY pipelines pipelines
COPY schemas schemas
COPY security security
COPY transforms transforms
RUN pip install --no-deps . \
 && pip check \
 && cd / && python -m transforms.compile_kernels \
 && useradd --uid 65532 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin worker \
 && rm -rf /opt/neural-engine/build
COPY templates /template
USER 65532
ENTRYPOINT ["/opt/apache/beam/boot"]

FROM base AS batch
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/template/batch.py

FROM base AS rewrap
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/template/rewrap.py

FROM base AS stream
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/template/stream.py
