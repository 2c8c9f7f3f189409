"""Whether an MP3 file is whole, by the header that its encoder wrote, or by its frames."""

from typing import BinaryIO

# Kilobits per second and hertz by the codes in a frame's header (ISO/IEC 11172-3 and 13818-3, layer III).
BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
RATES_HZ = (44_100, 48_000, 32_000)
RATE_DIVISORS = {3: 1, 2: 2, 0: 4}  # by the code of the MPEG version: 1, 2, 2.5
HAS_FRAMES, HAS_BYTES = 1, 2


def mp3_problem(file: BinaryIO, n_bytes: int) -> str:
    """Say what is missing at the end of an MP3 file; an empty text for nothing."""
    start = _behind_tag(file)
    promised = _promised_bytes(file, start)
    if promised:
        missing = start + promised > n_bytes
        return f"{n_bytes - start} of {promised} bytes of audio" if missing else ""
    while size := _frame_bytes(_read(file, start, 4)):
        start += size
    return "its last frame is not whole" if start > n_bytes else ""


def _behind_tag(file: BinaryIO) -> int:
    """Where the first frame begins: behind ID3v2, whose size is written in four times seven bits."""
    head = _read(file, 0, 10)
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size


def _frame_bytes(head: bytes) -> int:
    """Size of the layer III frame with this header of four bytes; 0 for anything else."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bitrate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bitrate in (0, 15) or rate == 3:
        return 0
    kilobits = (BITRATES_1 if version == 3 else BITRATES_2)[bitrate]
    rate_hz = RATES_HZ[rate] // RATE_DIVISORS[version]
    return (144 if version == 3 else 72) * kilobits * 1000 // rate_hz + (head[2] >> 1 & 1)


def _promised_bytes(file: BinaryIO, start: int) -> int:
    """Bytes of audio from `start` on by the header in the first frame (Xing, Info or VBRI); 0 without one."""
    frame = _read(file, start, 64)
    if len(frame) < 64 or not _frame_bytes(frame):
        return 0
    if frame[36:40] == b"VBRI":
        return int.from_bytes(frame[46:50], "big")
    is_mono, is_version_1 = frame[3] >> 6 == 3, frame[1] >> 3 & 3 == 3
    place = 4 + ((17 if is_mono else 32) if is_version_1 else (9 if is_mono else 17))
    flags = int.from_bytes(frame[place + 4 : place + 8], "big")
    if frame[place : place + 4] not in (b"Xing", b"Info") or not flags & HAS_BYTES:
        return 0
    place += 8 + (4 if flags & HAS_FRAMES else 0)
    return int.from_bytes(frame[place : place + 4], "big")


def _read(file: BinaryIO, start: int, n_bytes: int) -> bytes:
    file.seek(start)
    return file.read(n_bytes)
