# Billfold in a container that needs nothing but a volume; see "Running it" in README.md.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# SQLite is C, so the binary needs the C library of the same Debian below.
RUN CGO_ENABLED=1 go build -trimpath -ldflags="-s -w" -o /billfold . \
 && install -d -m 0700 /data

FROM debian:bookworm-slim
COPY --from=build /billfold /usr/local/bin/billfold
# Nobody's user and group: there is no such name, and none is needed.
COPY --from=build --chown=10001:10001 /data /data
USER 10001:10001
ENV BILLFOLD_ADDR=0.0.0.0:8080 \
    BILLFOLD_DATABASE=/data/billfold.db \
    BILLFOLD_KEYS=/data/billfold.keys \
    BILLFOLD_LOG=json
WORKDIR /data
VOLUME /data
EXPOSE 8080
# The process answers; a full disk is no reason to start it anew. That is what /readyz tells.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["billfold", "health"]
ENTRYPOINT ["billfold"]
CMD ["serve"]
