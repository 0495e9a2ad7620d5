# gaiji_hub in one container. The server binds to loopback until people and roles exist, so run it with the host's network.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv fonts-ipamj-mincho \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/gaiji_hub
COPY requirements/server.lock requirements/server.lock
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir -q --require-hashes -r requirements/server.lock
COPY . .
RUN .venv/bin/pip install --no-cache-dir -q --no-deps --no-build-isolation . && .venv/bin/gaiji-hub --version
RUN useradd --system --create-home --home-dir /var/lib/gaiji_hub hub
ENV GAIJI_HUB_DATA=/var/lib/gaiji_hub/data GAIJI_HUB_CACHE=/var/lib/gaiji_hub/cache
USER hub
CMD [".venv/bin/gaiji-hub", "serve"]
