"""Recordings by SoX, FFmpeg, eSpeak NG, LAME, FLAC, opus-tools and libsndfile."""
import os
import subprocess

import numpy as np
import soundfile

SOX, FFMPEG = "SoX 14.4.2", "FFmpeg 5.1.9"
PART = "recording"

# What SoX writes: name, arguments before the file, what is different from what FFmpeg decodes.
SOX_FILES = [
    ("s.wav", ""), ("s24.wav", "-b 24"), ("s32.wav", "-b 32"), ("u8.wav", "-b 8"), ("float.wav", "-e float -b 32"),
    ("double.wav", "-e float -b 64"), ("mu.wav", "-e mu-law"), ("a.wav", "-e a-law"), ("ima.wav", "-e ima-adpcm"),
    ("ms.wav", "-e ms-adpcm"), ("gsm.wav", "-e gsm-full-rate -r 8000"), ("stereo.wav", "-c 2"), ("s.aiff", ""), ("s.aifc", ""),
    ("s.au", ""), ("mu.au", "-e mu-law"), ("s.caf", ""), ("s.w64", ""), ("s.flac", ""), ("s.ogg", ""), ("s.mp3", ""), ("s.mp2", ""),
    ("s.wv", ""), ("s.sph", ""), ("mu.sph", "-e mu-law -r 8000"), ("s.nist", ""), ("s.voc", ""), ("s.gsm", "-r 8000"), ("s.sf", ""),
    ("s.8svx", "-b 8"), ("s.maud", ""), ("s.pvf", ""), ("s.avr", ""), ("s.paf", ""), ("s.fap", ""), ("s.hcom", "-r 22050"), ("s.sox", ""),
    ("s.wve", "-r 8000"),
]
# What FFmpeg writes.
FFMPEG_FILES = [
    ("alac.m4a", "-c:a alac"), ("s.aac", ""), ("s.ac3", ""), ("s.eac3", ""), ("s.dts", "-ar 48000 -strict -2 -c:a dca"),
    ("s.thd", "-c:a truehd -strict -2 -ar 48000"), ("s.tta", ""), ("v.ogg", "-c:a libvorbis"), ("o.ogg", "-c:a libopus"), ("f.ogg", "-c:a flac"),
    ("spx.ogg", "-c:a libspeex"), ("s.opus", "-c:a libopus"), ("s.webm", ""), ("s.mka", ""), ("s.avi", ""), ("s.wma", ""), ("s.flv", ""),
    ("s.ts", ""), ("s.latm", "-f latm -c:a aac"), ("s.rm", "-c:a ac3"), ("rf64.wav", "-rf64 always"), ("pipe.wav", "-f wav -"), ("pipe.mp3", "-f mp3 -"),
    ("pipe.flac", "-f flac -"), ("pipe.webm", "-f webm -"), ("pipe.au", "-f au -"), ("noxing.mp3", "-write_xing 0"), ("opus.caf", "-c:a libopus"),
]
# MP4, where the table of samples is more exact than FFmpeg's own reading: kept samples, of 83642 at 22050 Hz.
MP4_FILES = [
    ("s.m4a", "-c:a aac"), ("s.mov", "-c:a aac"), ("s.3gp", "-f 3gp -c:a aac"), ("mp3.mp4", "-c:a mp3"), ("flac.mp4", "-c:a flac -strict -2"),
]


def run(command, **more):
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL, **more)


def decoded(path):
    """Samples of FFmpeg's first stream of sound, averaged to one channel."""
    probe = subprocess.run(["ffprobe", "-v", "quiet", "-select_streams", "a:0", "-show_entries", "stream=channels", "-of", "csv=p=0", path],
                           capture_output=True, text=True, check=False).stdout.split()
    channels = int(probe[0].strip(",")) if probe else 1
    raw = subprocess.run(["ffmpeg", "-v", "quiet", "-i", path, "-map", "0:a:0", "-f", "f64le", "-"], capture_output=True, check=False).stdout
    return np.frombuffer(raw, dtype="<f8").reshape(-1, channels).mean(axis=1)


def is_same(found, samples):
    energy = float((samples ** 2).sum())
    return found.get("samples") == len(samples) and abs(found["energy"] - energy) <= 1e-3 * energy and found["cut_short"] == ""


def add(table):
    path = table.path
    run(["espeak-ng", "-w", path("spoken.wav"), "The quick brown fox jumps over the lazy dog, again and again."])
    run(["sox", path("spoken.wav"), "-r", "22050", "-c", "1", "-b", "16", path("s.wav")])
    source = path("s.wav")
    length = soundfile.info(source).frames

    def same(tool, name, wrote):
        table.add(PART, tool, wrote, "the same", is_same(found := table.describe("audio", path(name)), decoded(path(name))), found)

    def has(tool, name, wrote, samples, said="", energy_of=None):
        found = table.describe("audio", path(name))
        ok = found.get("samples") == samples and said in found["cut_short"] and (said != "" or found["cut_short"] == "")
        if ok and energy_of is not None:
            energy = float((decoded(path(energy_of)) ** 2).sum())
            ok = abs(found["energy"] - energy) <= 1e-2 * energy
        table.add(PART, tool, wrote, f"{samples} samples" + (f"; says '{said}'" if said else ""), ok, found)

    same("eSpeak NG 1.51", "spoken.wav", "`-w`")
    with open(path("stdout.wav"), "wb") as file:
        run(["espeak-ng", "--stdout", "Hello there."], stdout=file)
    same("eSpeak NG 1.51", "stdout.wav", "`--stdout`, whose sizes are not known")
    for name, options in SOX_FILES:
        if name != "s.wav":
            run(["sox", source, *options.split(), path("sox-" + name)])
        same(SOX, "s.wav" if name == "s.wav" else "sox-" + name, f"`.{name.split('.')[-1]}` {options}".strip())
    for options, wrote in (("-b 16", "16 bits"), ("-b 24", "24 bits"), ("-e float -b 32", "float")):
        run(["sox", source, "-B", *options.split(), path("rifx.wav")])
        has(SOX, "rifx.wav", f"RIFX, {wrote} (FFmpeg 5.1.9: noise or refused)", length, energy_of="s.wav")
    run(["sox", source, "-r", "8000", path("s.amr-nb")])
    has(SOX, "s.amr-nb", "AMR with pauses as frames without data (FFmpeg 5.1.9 drops 10 of 190)", 30400)
    for name in ("htk", "ima", "mat5", "prc", "raw", "smp", "sndt", "txw", "vms"):
        run(["sox", source, path("sox-no." + name)])
        table.refused(PART, SOX, f"`.{name}`", "looks like" if name == "htk" else "not an audio file of a known format", "audio",
                      path("sox-no." + name))
    for name, options in FFMPEG_FILES:
        if options.endswith(" -"):
            with open(path("ff-" + name), "wb") as file:
                run(["ffmpeg", "-v", "quiet", "-y", "-i", source, *options.split()], stdout=file)
        else:
            run(["ffmpeg", "-v", "quiet", "-y", "-i", source, *options.split(), path("ff-" + name)])
        same(FFMPEG, "ff-" + name, f"`.{name.split('.')[-1]}` {options}".strip())
    for name, options in MP4_FILES:
        run(["ffmpeg", "-v", "quiet", "-y", "-i", source, *options.split(), path("ff-" + name)])
        has(FFMPEG, "ff-" + name, f"`.{name.split('.')[-1]}` {options} (FFmpeg's own reading has some hundred samples of padding)", length)
    run(["ffmpeg", "-v", "quiet", "-y", "-i", source, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", path("frag.mp4")])
    has(FFMPEG, "frag.mp4", "fragmented `.mp4`, which has no edit list: priming is sound", length + 1024)
    for name in ("ff-s.opus", "ff-v.ogg", "sox-s.mp3", "ff-s.webm", "sox-s.flac"):
        cut = "cut-" + name
        run(["ffmpeg", "-v", "quiet", "-y", "-ss", "1", "-i", path(name), "-c", "copy", path(cut)])
        same(FFMPEG, cut, f"`-ss 1 -c copy` of `.{name.split('.')[-1]}`")
    for name, wrote in (("s.nut", "NUT"), ("s.swf", "SWF"), ("s.spdif", "S/PDIF")):
        run(["ffmpeg", "-v", "quiet", "-y", "-i", source, *(["-c:a", "ac3"] if "spdif" in name else []), path(name)])
        table.refused(PART, FFMPEG, wrote, "a format this program does not open", "audio", path(name))
    with open(path("list.m3u8"), "w", encoding="utf-8") as file:
        file.write("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\ns.wav\n")
    table.refused(PART, "any", "HLS playlist", "looks like 'Apple HTTP Live Streaming', a format this program does not open", "audio",
                  path("list.m3u8"))
    run(["lame", "--quiet", "-V2", source, path("vbr.mp3")])
    has("LAME 3.100", "vbr.mp3", "`-V2`, with its delay and padding", length)
    run(["flac", "-s", "-f", source, "-o", path("ref.flac")])
    has("FLAC 1.4.2", "ref.flac", "`.flac`", length)
    run(["opusenc", "--quiet", source, path("ref.opus")])
    same("opus-tools 0.1.10", "ref.opus", "`.opus`")
    sound, rate = soundfile.read(source)
    for form, subtype in (("WAV", "PCM_24"), ("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("W64", "FLOAT"), ("AIFF", "PCM_24"), ("AU", "DOUBLE"),
                          ("CAF", "ALAC_16"), ("FLAC", "PCM_24"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("NIST", "PCM_16"),
                          ("IRCAM", "FLOAT"), ("SVX", "PCM_16"), ("VOC", "PCM_16"), ("AVR", "PCM_16"), ("PVF", "PCM_16")):
        name = f"snd-{form}-{subtype}"
        wanted = 48000 if subtype == "OPUS" else rate
        soundfile.write(path(name), sound if wanted == rate else np.interp(np.arange(0, len(sound), rate / wanted), np.arange(len(sound)), sound),
                        wanted, format=form, subtype=subtype)
        same("libsndfile 1.2.2 (soundfile 0.14.0)", name, f"{form}, {subtype}")
    damaged(table, has)


def damaged(table, has):
    path = table.path

    def mutated(name, out, change):
        with open(path(name), "rb") as file:
            data = bytearray(file.read())
        change(data)
        with open(path(out), "wb") as file:
            file.write(data)

    def killed(data):
        data[4:8] = data[40:44] = bytes(4)

    def outgrown(data):
        data[40:44] = (4096).to_bytes(4, "little")

    def flip(step, begin):
        def change(data):
            for i in range(begin, len(data), step):
                data[i] ^= 0x55
        return change

    length = soundfile.info(path("s.wav")).frames
    mutated("s.wav", "killed.wav", killed)
    has("a recorder that was killed", "killed.wav", "WAV with sizes of 0", length)
    mutated("s.wav", "outgrown.wav", outgrown)
    has("a recorder that was killed", "outgrown.wav", "WAV whose size is that of the first 4 KiB", length)
    mutated("s.wav", "cut.wav", lambda data: data.__delitem__(slice(44 + 20000, None)))
    has("a download that was cut", "cut.wav", "WAV", 10000, "the file says")
    for name in ("ref.flac", "sox-s.wv", "ff-s.tta"):
        mutated(name, "most-" + name, flip(200, 3000))
        table.refused(PART, "a bad disk", f"`.{name.split('.')[-1]}` with a wrong byte in every 200", "packets are damaged", "audio",
                      path("most-" + name))
    fields = "channel_count -i 1\nsample_count -i 100\nsample_rate -i 16000\nsample_n_bytes -i 2\nsample_coding -s26 pcm,embedded-shorten-v2.00\n"
    with open(path("packed.sph"), "wb") as file:
        file.write(("NIST_1A\n   1024\n" + fields + "end_head\n").encode().ljust(1024) + b"ajkg" + os.urandom(200))
    table.refused(PART, "NIST sphere 2.7 (its header)", "SPHERE packed with shorten", "packed with shorten", "audio", path("packed.sph"))
    sound, rate = soundfile.read(path("s.wav"))
    soundfile.write(path("opposite.wav"), np.stack([sound, -sound], axis=1), rate)
    has("libsndfile 1.2.2 (soundfile 0.14.0)", "opposite.wav", "stereo of opposite phase", length, energy_of="s.wav")
