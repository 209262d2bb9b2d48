# Copyright (c) 2026 the authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One object of S3 on its way.

It is read as a stream that goes on where it broke, or written in parts that never lie on the server's disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from contextlib import suppress

from botocore.exceptions import HTTPClientError, IncompleteReadError

PART = 8 << 20
AT_ONCE = 3
CHUNK = 1 << 20
ATTEMPTS = 5
PART_OPTIONS = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "RequestPayer", "ExpectedBucketOwner")


class S3Object:
    """An object that is open for reading."""

    def __init__(self, client, target: dict):
        self.client, self.target, self.offset, self.attempts = client, target, 0, ATTEMPTS
        answer = client.get_object(**target)
        self.size, self.etag, self.body = answer["ContentLength"], answer["ETag"], answer["Body"]

    def read(self) -> bytes:
        """Return the next bytes, none at the end. A connection that broke is made again, for the rest of the object."""
        while True:
            try:
                chunk = self.body.read(min(CHUNK, self.size - self.offset)) if self.offset < self.size else b""
                self.offset += len(chunk)
                return chunk
            except (HTTPClientError, IncompleteReadError):
                self.attempts -= 1
                if not self.attempts:
                    raise
                self.body.close()
                self.body = self.client.get_object(**self.target, Range=f"bytes={self.offset}-", IfMatch=self.etag)[
                    "Body"
                ]

    def close(self) -> None:
        """Give up the connection, with what was not read."""
        self.body.close()


class Upload:
    """An object that is being written, in one call if it is small, else in parts.

    Some parts are sent while the next one arrives. S3 takes 10000 parts, so they double in size every 1000 (the first
    8 GB in parts of 8 MiB).
    """

    def __init__(self, client, target: dict, options: dict):
        self.client, self.target, self.options = client, target, options
        self.part_options = {name: value for name, value in (target | options).items() if name in PART_OPTIONS}
        self.upload, self.count, self.parts, self.sending = {}, 0, {}, []

    async def all_of(self, chunks: AsyncIterable[bytes]) -> None:
        """Write what comes; if that breaks, nothing is left."""
        buffer = bytearray()
        try:
            async for chunk in chunks:
                buffer += chunk
                while len(buffer) > (size := PART << self.count // 1000):
                    await self.add(bytes(buffer[:size]))
                    del buffer[:size]
            if self.count:
                await self.add(bytes(buffer))
                await self.all_but(0)
                self.begin(self.complete)
            else:
                self.begin(self.client.put_object, **self.target, **self.options, Body=bytes(buffer))
            await self.all_but(0)
        except BaseException:
            await asyncio.shield(self.abandon())
            raise

    async def add(self, part: bytes) -> None:
        """Begin to write a part."""
        if not self.count:
            self.begin(self.create)
            await self.all_but(0)
        await self.all_but(AT_ONCE - 1)
        self.count += 1
        self.begin(self.send, self.count, part)

    def begin(self, step: Callable, *arguments, **options) -> None:
        """Begin a step in a thread."""
        self.sending.append(asyncio.ensure_future(asyncio.to_thread(step, *arguments, **options)))

    async def all_but(self, number: int) -> None:
        """Wait for the steps that began, but for so many.

        A request that is cancelled does not end a thread, hence the shield.
        """
        while len(self.sending) > number:
            await asyncio.shield(self.sending[0])
            del self.sending[0]

    def create(self) -> None:
        """Begin an upload in parts."""
        self.upload = {"UploadId": self.client.create_multipart_upload(**self.target, **self.options)["UploadId"]}

    def send(self, number: int, part: bytes) -> None:
        """Write one part."""
        answer = self.client.upload_part(**self.target | self.part_options | self.upload, PartNumber=number, Body=part)
        self.parts[number] = {
            name: value for name, value in answer.items() if name == "ETag" or name.startswith("Checksum")
        }

    def complete(self) -> None:
        """Make all parts one object."""
        parts = [{"PartNumber": number, **sums} for number, sums in sorted(self.parts.items())]
        self.client.complete_multipart_upload(
            **self.target | self.part_options | self.upload, MultipartUpload={"Parts": parts}
        )

    async def abandon(self) -> None:
        """Remove the parts that were written."""
        await asyncio.gather(*self.sending, return_exceptions=True)
        if self.upload:
            with suppress(
                Exception
            ):  # the reason of the failure counts, and the bucket's lifecycle removes what is left
                await asyncio.to_thread(self.client.abort_multipart_upload, **self.target | self.upload)
