# dmemsys with everything its notebooks need: Go, the GoNB kernel, JupyterLab, warm caches.
#
#     docker build -t dmemsys .
#     docker run --rm -p 127.0.0.1:8888:8888 dmemsys
#
# and open the address with the token that the second command prints. One command instead:
#
#     docker run --rm dmemsys go run ./dmem/cmd/dmem list presets
#
# Binder can use it as well: NB_USER and NB_UID are the arguments it builds with. Go, Go
# modules and Python packages are pinned to the version; Debian packages to the release, of
# which Debian's servers keep only the latest fix. To pin the images by digest, or to take
# them from another registry, set GO_IMAGE and DEBIAN_IMAGE.

ARG GO_IMAGE=golang:1.26.8-bookworm
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${GO_IMAGE} AS golang

# What all later stages stand on. The kernel compiles every cell, so the Go toolchain belongs
# to the image that runs; the rest of the Go image (several compilers, version control
# systems) does not.
FROM ${DEBIAN_IMAGE} AS base
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates gcc git libc6-dev python3 tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=golang /usr/local/go /usr/local/go

ARG NB_USER=dmem
ARG NB_UID=1000
# The repository's folder as well: WORKDIR would make it root's.
RUN useradd --create-home --shell /bin/bash --uid ${NB_UID} ${NB_USER} \
 && install --directory --owner=${NB_UID} --group=${NB_USER} /home/${NB_USER}/dmemsys
# NB_UID: not every builder hands arguments on to the stages that follow.
ENV NB_UID=${NB_UID} USER=${NB_USER} HOME=/home/${NB_USER} SHELL=/bin/bash LANG=C.UTF-8
# GOTOOLCHAIN: never download another Go.
ENV GOTOOLCHAIN=local \
    PATH=/opt/jupyter/bin:${HOME}/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# JupyterLab's terminals are login shells, in which Debian sets PATH anew.
RUN echo "export PATH=${PATH}" > /etc/profile.d/dmemsys.sh

# Jupyter: what "dmem figures" itself installs where there is none, and the servers for the
# browser (Binder starts either of the two). --no-deps: nothing that is not listed; pip check:
# nothing is missing.
FROM base AS jupyter
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*
COPY dmem/internal/jupyter/requirements.txt /tmp/requirements.txt
RUN python3 -m venv /opt/jupyter \
 && pip install --no-cache-dir --no-deps --requirement /tmp/requirements.txt \
    jupyterlab==4.6.6 notebook==7.6.5 \
    anyio==4.16.0 argon2-cffi==25.1.0 argon2-cffi-bindings==26.2.0 arrow==1.4.0 \
    asttokens==3.0.2 async-lru==2.4.0 babel==2.18.0 certifi==2026.10.18 cffi==2.1.1 \
    charset-normalizer==3.5.2 comm==0.2.3 debugpy==1.8.22 executing==2.3.0 fqdn==1.6.0 \
    h11==0.16.0 httpcore==1.0.9 httpx==0.28.1 idna==3.20 ipykernel==7.4.0 ipython==9.18.1 \
    ipython_pygments_lexers==1.1.1 isoduration==20.11.0 jedi==0.20.1 json5==0.17.3 \
    jsonpointer==3.12 jupyter-events==0.12.1 jupyter-lsp==2.3.1 jupyter_builder==1.3.0 \
    jupyter_server==2.21.1 jupyter_server_terminals==0.5.4 jupyterlab_server==2.28.1 \
    lark==1.3.1 matplotlib-inline==0.2.2 nest-asyncio2==1.7.4 notebook_shim==0.2.4 \
    overrides==7.7.0 parso==0.8.7 pexpect==4.9.0 prometheus_client==0.26.0 \
    prompt_toolkit==3.0.53 psutil==7.2.2 ptyprocess==0.7.0 pure_eval==0.2.4 pycparser==3.12 \
    python-json-logger==4.2.0 PyYAML==6.0.3 requests==2.34.2 rfc3339-validator==0.1.4 \
    rfc3986-validator==0.1.1 rfc3987-syntax==1.1.0 Send2Trash==2.2.0 stack-data==0.6.3 \
    terminado==0.18.1 uri-template==1.3.0 urllib3==2.8.0 wcwidth==0.9.4 webcolors==25.10.0 \
    websocket-client==1.9.2 \
 && pip --no-cache-dir check

# The kernel and the caches, made by the user and at the paths of the final stage: Go's cache
# knows a package by its folder.
FROM base AS warm
COPY --from=jupyter /opt/jupyter /opt/jupyter
USER ${NB_UID}
WORKDIR ${HOME}/dmemsys
COPY --chown=${NB_UID}:${NB_UID} go.mod go.sum ./
RUN go mod download
# The kernel for the browser, of the versions in go.mod. --force_deps: do without gopls, which
# would only complete what is typed in a cell.
RUN go install github.com/janpfeifer/gonb golang.org/x/tools/cmd/goimports \
 && gonb --install --force_deps
COPY --chown=${NB_UID}:${NB_UID} . .
# Executing a notebook sets up the kernel of "dmem figures", compiles all packages, and proves
# that kernel and Jupyter work. Go drops from its cache what has not been used for five days,
# in an older image all but what the first cell uses: dates in the future keep it.
RUN go run ./dmem/cmd/dmem figures quickstart \
 && find ${HOME}/.cache/go-build -exec touch --date=2037-01-01 {} +

FROM base
LABEL org.opencontainers.image.title="dmemsys" \
      org.opencontainers.image.description="A simulator of rack-scale disaggregated memory, with notebooks" \
      org.opencontainers.image.source="https://github.com/dmemsys/dmemsys" \
      org.opencontainers.image.licenses="BSD-3-Clause"
COPY --from=jupyter /opt/jupyter /opt/jupyter
USER ${NB_UID}
WORKDIR ${HOME}/dmemsys
COPY --from=warm --chown=${NB_UID}:${NB_UID} ${HOME}/go ${HOME}/go
COPY --from=warm --chown=${NB_UID}:${NB_UID} ${HOME}/.local ${HOME}/.local
COPY --from=warm --chown=${NB_UID}:${NB_UID} ${HOME}/.cache ${HOME}/.cache
COPY --chown=${NB_UID}:${NB_UID} . .

# A random token per start, printed with the address; JUPYTER_TOKEN sets one.
EXPOSE 8888
# /api tells the server's version and nothing else, and needs no token.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8888/api', timeout=4)"]
# tini reaps what kernels leave behind; -g passes signals on to all of them.
ENTRYPOINT ["tini", "-g", "--"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks/quickstart.ipynb"]
