"""write_recordings.py FOLDER: recordings by the libraries that people call from Python, and by an FFmpeg newer than Debian's.
Prints [tool, what, name, result] as JSON lines; the result is the number of samples, words of a refusal, or null: as FFmpeg
5.1.9 decodes it."""
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import sys
import warnings

warnings.filterwarnings("ignore")
import aifc
import sunau
import wave

import av
import imageio_ffmpeg
import lameenc
import mutagen.apev2
import mutagen.id3
import mutagen.wave
import numpy as np
import pedalboard.io
import scipy.io.wavfile
import soundfile
from pydub import AudioSegment

FOLDER = sys.argv[1]
RATE = 22050
TIME = np.arange(44402) / RATE
SOUND = (0.4 * np.sin(2 * np.pi * 220 * TIME) * np.minimum(1, np.minimum(TIME, TIME[::-1]) * 20)
         + 0.05 * np.sin(2 * np.pi * 1234 * TIME)).astype(np.float32)
LENGTH = len(SOUND)
PCM = (SOUND * 32767).astype("<i2")
PRIMED = LENGTH + 1024  # AAC without an edit list: priming is sound


def path(name):
    return os.path.join(FOLDER, "made-" + name)


def write(tool, what, name, result, function):
    function(path(name))
    print(json.dumps([tool, what, "made-" + name, result]))


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def standard_library():
    tool = f"Python {sys.version_info.major}.{sys.version_info.minor}"

    def wav(width, file):
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(width)
            out.setframerate(RATE)
            data = {1: (SOUND * 127 + 128).astype("u1"), 2: PCM, 4: (SOUND * 2147483000).astype("<i4")}.get(width)
            if data is None:
                data = (SOUND * 8388607).astype("<i4").view("u1").reshape(-1, 4)[:, :3].copy()
            out.writeframes(data.tobytes())

    for width in (1, 2, 3, 4):
        write(tool, f"wave, {8 * width} bits", f"wave{width}.wav", LENGTH, lambda file, width=width: wav(width, file))

    def unclosed(file):
        pipe = io.BytesIO()
        out = wave.open(pipe, "wb")
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.setnframes(0)
        out.writeframesraw(PCM.tobytes())
        with open(file, "wb") as made:
            made.write(pipe.getvalue())
    write(tool, "wave, writeframesraw() and never closed", "unclosed.wav", LENGTH, unclosed)

    def older(module, file, compression=None):
        with module.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            if compression:
                out.setcomptype(*compression)
            out.writeframes(PCM.byteswap().tobytes())
    write(tool, "aifc", "py.aifc", LENGTH, lambda file: older(aifc, file))
    write(tool, "aifc, ULAW", "py-ulaw.aifc", LENGTH, lambda file: older(aifc, file, (b"ULAW", b"")))
    write(tool, "sunau", "py.au", LENGTH, lambda file: older(sunau, file))
    write(tool, "sunau, ULAW", "py-ulaw.au", LENGTH, lambda file: older(sunau, file, ("ULAW", "")))


def numbers():
    tool = version("scipy")
    for kind, data in (("uint8", (SOUND * 127 + 128).astype("u1")), ("int32", (SOUND * 2e9).astype("i4")), ("float32", SOUND),
                       ("float64", SOUND.astype("f8"))):
        write(tool, f"wavfile.write of {kind}", f"scipy-{kind}.wav", LENGTH, lambda file, data=data: scipy.io.wavfile.write(file, RATE, data))
    write(tool, "wavfile.write of big-endian int16 (RIFX)", "scipy-be.wav", LENGTH,
          lambda file: scipy.io.wavfile.write(file, RATE, PCM.astype(">i2")))
    write(tool, "wavfile.write, 8 channels", "scipy-8.wav", LENGTH,
          lambda file: scipy.io.wavfile.write(file, RATE, np.repeat(PCM[:, None], 8, 1)))
    write(tool, "wavfile.write at 192 kHz", "scipy-192.wav", LENGTH, lambda file: scipy.io.wavfile.write(file, 192000, PCM))
    tool = "libsndfile 1.2.2 (soundfile 0.14.0)"
    for form, subtype, rate, result in (
            ("WAV", "ULAW", RATE, LENGTH), ("WAV", "ALAW", RATE, LENGTH), ("WAV", "IMA_ADPCM", RATE, None), ("WAV", "MS_ADPCM", RATE, None),
            ("WAV", "GSM610", 8000, None), ("WAV", "G721_32", RATE, None), ("WAV", "NMS_ADPCM_32", 8000, "is WAVE of NMS ADPCM"),
            ("WAVEX", "FLOAT", RATE, LENGTH), ("AIFF", "ULAW", RATE, LENGTH), ("AIFF", "DOUBLE", RATE, LENGTH), ("AIFF", "IMA_ADPCM", RATE, None),
            ("AIFF", "DWVW_16", RATE, "of a kind that is not known"), ("AU", "G721_32", RATE, None), ("AU", "G723_24", RATE, None),
            ("RAW", "PCM_16", RATE, "not an audio file of a known format"), ("PAF", "PCM_24", RATE, "of a kind that is not known"),
            ("NIST", "ULAW", RATE, LENGTH), ("MAT4", "PCM_16", RATE, "not an audio file of a known format"),
            ("SDS", "PCM_16", RATE, "a format this program does not open"), ("XI", "DPCM_16", RATE, "not an audio file of a known format"),
            ("CAF", "ALAC_24", RATE, LENGTH), ("CAF", "FLOAT", RATE, LENGTH), ("FLAC", "PCM_S8", RATE, LENGTH), ("OGG", "OPUS", 16000, 3 * LENGTH),
            ("RF64", "FLOAT", RATE, LENGTH)):
        write(tool, f"{form}, {subtype}, {rate} Hz", f"sndfile-{form}-{subtype}", result,
              lambda file, form=form, subtype=subtype, rate=rate: soundfile.write(file, SOUND, rate, format=form, subtype=subtype))
    for seconds in (1, 2, 3):
        sound = SOUND[:seconds * 14000 + 37]
        write(tool, f"OGG, VORBIS, {len(sound)} samples in one page (FFmpeg 5.1.9: some hundred more or fewer)", f"page{seconds}.ogg", len(sound),
              lambda file, sound=sound: soundfile.write(file, sound, RATE, format="OGG"))
    write(tool, "OGG, VORBIS, 6 channels", "six.ogg", LENGTH, lambda file: soundfile.write(file, np.repeat(SOUND[:, None], 6, 1), RATE, format="OGG"))
    write(tool, "WAV, FLOAT beyond full scale", "loud.wav", LENGTH, lambda file: soundfile.write(file, 3 * SOUND, RATE, subtype="FLOAT"))


def wrappers():
    tool = version("pydub")
    segment = AudioSegment(PCM.tobytes(), frame_rate=RATE, sample_width=2, channels=1)
    for name, form, result, options in (
            ("pydub.wav", "wav", LENGTH, {}), ("pydub.mp3", "mp3", None, {}), ("pydub.ogg", "ogg", None, {}), ("pydub.flac", "flac", LENGTH, {}),
            ("pydub.aac", "adts", None, {}), ("pydub.m4a", "mp4", LENGTH, {}), ("pydub.webm", "webm", None, {}),
            ("tags.mp3", "mp3", None, {"tags": {"artist": "a" * 5000}}), ("8k.mp3", "mp3", None, {"bitrate": "8k"}),
            ("44100.wav", "wav", None, {"parameters": ["-ac", "2", "-ar", "44100"]})):
        write(tool, f"export(format='{form}'{''.join(', ' + key for key in options)})", name, result,
              lambda file, form=form, options=options: segment.export(file, format=form, **options).close())

    def encoded(file):
        encoder = lameenc.Encoder()
        encoder.set_bit_rate(64)
        encoder.set_in_sample_rate(RATE)
        encoder.set_channels(1)
        with open(file, "wb") as out:
            out.write(encoder.encode(PCM.tobytes()) + encoder.flush())
    write(version("lameenc"), "MP3", "lameenc.mp3", None, encoded)

    def board(file):
        with pedalboard.io.AudioFile(file, "w", samplerate=44100 if file.endswith("mp3") else RATE, num_channels=1) as out:
            out.write(SOUND)
    for ending in ("wav", "flac", "ogg", "mp3", "aiff"):
        write(version("pedalboard"), f".{ending}", f"board.{ending}", None, board)


def with_av(codec, form, rate, file):
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(PCM.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.codec_context.format.name, layout="mono", rate=rate)
        for part in resampler.resample(frame) + resampler.resample(None):
            part.pts = None
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def newer_ffmpeg():
    tool = version("av")
    for name, codec, form, rate, result in (
            ("av.wav", "pcm_f32le", None, RATE, LENGTH), ("av.flac", "flac", None, RATE, LENGTH), ("av.mp3", "mp3", None, RATE, None),
            ("av.m4a", "aac", None, RATE, PRIMED), ("alac.m4a", "alac", None, RATE, LENGTH), ("av.opus", "libopus", None, 48000, None),
            ("av.webm", "libopus", None, 48000, None), ("pcm.mov", "pcm_s16le", None, RATE, LENGTH), ("av.ts", "aac", "mpegts", RATE, None),
            ("av.aiff", "pcm_s24be", None, RATE, LENGTH), ("av.avi", "mp3", None, RATE, None), ("av.tta", "tta", None, RATE, LENGTH),
            ("av.wv", "wavpack", None, RATE, LENGTH), ("av.voc", "pcm_s16le", None, RATE, LENGTH), ("av.3g2", "aac", None, RATE, PRIMED),
            ("av.ism", "aac", "ismv", RATE, PRIMED), ("av.gxf", "pcm_s16le", "gxf", 48000, "a format this program does not open"),
            ("av.adx", "adpcm_adx", "adx", RATE, "a format this program does not open")):
        write(tool, f"{codec} in .{name.split('.')[-1]}", name, result,
              lambda file, codec=codec, form=form, rate=rate: with_av(codec, form, rate, file))
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    number = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout.split()[2].split("-")[0].strip("n")
    tool = f"FFmpeg {number} ({version('imageio-ffmpeg')})"
    scipy.io.wavfile.write(path("source.wav"), RATE, PCM)
    picture = ["-f", "lavfi", "-i", "color=size=64x64:duration=1:rate=1", "-map", "0:a", "-map", "1:v", "-c:v", "png", "-frames:v", "1"]
    for name, result, options in (
            ("9.m4a", LENGTH, "-c:a aac"), ("9fast.m4a", LENGTH, "-c:a aac -movflags +faststart"),
            ("9frag.mp4", PRIMED, "-c:a aac -movflags frag_keyframe+empty_moov+default_base_moof"), ("9.opus", None, "-c:a libopus -b:a 24k"),
            ("9.webm", None, "-c:a libopus -live 1"), ("9.mp3", None, "-q:a 2"), ("9tags.mp3", None, "-id3v2_version 4 -write_id3v1 1 -metadata title=x"),
            ("9.aac", None, ""), ("9.wma", None, ""), ("9.mka", None, "-c:a libvorbis"), ("9mu.wav", LENGTH, "-c:a pcm_mulaw"),
            ("9ima.wav", None, "-c:a adpcm_ima_wav"), ("9.flac", LENGTH, "-compression_level 12"), ("9.m4b", LENGTH, "-c:a aac"),
            ("9late.m4a", 34401, "-ss 0.5 -c:a aac -f mp4 -use_editlist 0"), ("9.amr", None, "-c:a libopencore_amrnb -ar 8000"),
            ("9.mkv", LENGTH, "-c:a pcm_s24le"), ("9.dts", None, "-c:a dca -strict -2 -ar 48000"),
            ("9wide.flac", "which is empty or of a newer kind", "-sample_fmt s32 -strict experimental"),
            ("9.mlp", "a format this program does not open", "-c:a mlp -strict -2 -ar 48000"),
            ("9.g722", "not an audio file of a known format", "-c:a g722 -ar 16000")):
        write(tool, f".{name.split('.')[-1]} {options}".strip(), name, result,
              lambda file, options=options: subprocess.run([ffmpeg, "-v", "quiet", "-y", "-i", path("source.wav"), *options.split(), file], check=True))
    for name, result in (("cover.mp3", None), ("cover.m4a", None)):
        write(tool, f".{name.split('.')[-1]} with a picture", name, result, lambda file: subprocess.run(
            [ffmpeg, "-v", "quiet", "-y", "-i", path("source.wav"), *picture, "-disposition:v", "attached_pic", file], check=True))


def tags():
    tool = version("mutagen")

    def before(source):
        def tag(file):
            shutil.copy(path(source), file)
            data = mutagen.id3.ID3()
            data.add(mutagen.id3.APIC(mime="image/png", data=bytes(300000)))
            data.save(file)
        return tag
    write(tool, "ID3 with a picture of 300 kB before an MP3", "id3.mp3", None, before("9.mp3"))
    write(tool, "ID3 before FLAC", "id3.flac", LENGTH, before("9.flac"))
    write(tool, "ID3 before AAC", "id3.aac", None, before("9.aac"))

    def in_wave(file):
        shutil.copy(path("wave2.wav"), file)
        data = mutagen.wave.WAVE(file)
        data.add_tags()
        data.tags.add(mutagen.id3.TIT2(text="x" * 999))
        data.save()
    write(tool, "ID3 as a chunk of WAV", "id3.wav", LENGTH, in_wave)

    def behind(file):
        shutil.copy(path("9.mp3"), file)
        data = mutagen.apev2.APEv2()
        data["Title"] = "x"
        data.save(file)
    write(tool, "APEv2 behind an MP3", "ape.mp3", None, behind)


standard_library()
numbers()
wrappers()
newer_ffmpeg()
tags()
