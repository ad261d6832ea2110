# lipfx on the CPU, for one clip or for batches:
#   docker build -t lipfx .
#   docker run --rm -v "$PWD:/work" --user "$(id -u):$(id -g)" lipfx apply lipstick in.mp4 out.mp4
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv
COPY . /src
# OpenCV without windows, since nobody looks here; s3:// and http:// addresses, but not gs://, which takes 40 MB more.
# Versions are those of the lock; its hashes cannot be asked for beside a folder and another OpenCV.
RUN python3 -m venv /opt/lipfx \
    && sed -nE 's/ \\$//; s/^([^ #].*)/\1/p' /src/requirements.lock > /tmp/versions \
    && sed -n 's/^opencv-python==/opencv-python-headless==/p' /tmp/versions > /tmp/headless \
    && /opt/lipfx/bin/pip install --no-cache-dir --constraint /tmp/versions /src s3fs aiohttp \
    && /opt/lipfx/bin/pip uninstall -y opencv-python \
    && /opt/lipfx/bin/pip install --no-cache-dir --no-deps -r /tmp/headless \
    && rm -rf /opt/lipfx/lib/python3*/site-packages/pip /opt/lipfx/lib/python3*/site-packages/numpy/*/tests

FROM debian:bookworm-slim
# What Debian's ffmpeg brings along to draw on a screen, and to encode on an Intel GPU, is a fifth of the image.
RUN apt-get update && apt-get install -y --no-install-recommends python3 ffmpeg ca-certificates \
    && rm -rf /usr/lib/*/dri /usr/lib/*/libLLVM* /usr/lib/*/libz3* /usr/lib/*/mfx /usr/lib/*/libmfxhw* \
    && rm -rf /var/lib/apt/lists/* && useradd --create-home lipfx
COPY --from=build /opt/lipfx /opt/lipfx
ENV PATH=/opt/lipfx/bin:$PATH
USER lipfx
WORKDIR /work
ENTRYPOINT ["lipfx"]
CMD ["--help"]
