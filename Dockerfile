# dmemsys with everything its notebooks need: Go, the GoNB kernel, JupyterLab, warm caches.
#
#     docker build -t dmemsys .
#     docker run --rm -p 127.0.0.1:8888:8888 dmemsys
#
# and open the address with the token that the second command prints. One command instead:
#
#     docker run --rm dmemsys dmem list presets
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
 && apt-get install -y --no-install-recommends ca-certificates gcc git libc6-dev python3 qemu-user tini \
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
# GOFLAGS: cells are linked without the tables of a debugger, which saves a fifth of the wait.
ENV GOTOOLCHAIN=local \
    GOFLAGS=-ldflags=-w \
    PATH=/opt/jupyter/bin:${HOME}/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# JupyterLab's terminals are login shells, in which Debian sets PATH anew.
RUN echo "export PATH=${PATH}" > /etc/profile.d/dmemsys.sh

# Jupyter: what "dmem figures" and "dmem lab" themselves install where there is none; Binder
# starts JupyterLab or the notebook server. --no-deps: nothing that is not listed; pip check:
# nothing is missing.
FROM base AS jupyter
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*
COPY dmem/internal/jupyter/requirements-lab.txt /tmp/requirements.txt
RUN python3 -m venv /opt/jupyter \
 && pip install --no-cache-dir --no-deps --requirement /tmp/requirements.txt \
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
RUN go install ./dmem/cmd/dmem \
 && dmem figures quickstart \
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
