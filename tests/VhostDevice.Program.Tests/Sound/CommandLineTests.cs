// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Program.Tests.Sound;

public sealed class CommandLineTests : IDisposable
{
    private static readonly FrontEndDeviceOptions s_options = new() { MemorySize = 4 << 20, QueueSizes = [16, 16, 16, 16] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--stream up: it begins with out or in, not with 'up'", "--stream", "up")]
    [InlineData("--stream out,sine=440: sine is something to record: a stream of the direction in has it", "--stream", "out,sine=440")]
    [InlineData("--stream in,loop: loop is for files that are recorded: in,file=PATH,loop", "--stream", "in,loop")]
    [InlineData("--stream out,guest=1: there is no guest 1; --guests says how many there are, from 0", "--stream", "out,guest=1")]
    [InlineData("--stream: the guest 1 has no stream", "--guests", "2", "--stream", "out,guest=0")]
    [InlineData("--stream: a cannot be offered: noise has no such format, rate or number of channels", "--stream", "in,noise,format=MU_LAW,name=a")]
    [InlineData("/dev/null is no plain file: sound is written to plain files only", "--stream", "out,file=/dev/null")]
    [InlineData("'jack' is no --backend: null, pipewire, alsa or gstreamer", "--backend", "jack")]
    public void Mistakes(string expected, params string[] arguments) =>
        Assert.Equal("vhost-device: " + expected, Command.Program(["sound", "--socket", _folder.At("s"), .. arguments]).UsageError());

    [Fact]
    public void A_socket_has_to_be_named()
    {
        Assert.Equal("vhost-device: --socket PATH is missing (or --fd FDNUM)", Command.Program(["sound"]).UsageError());
        Assert.Equal(
            "vhost-device: --guests needs --socket PATH, to which their numbers are appended",
            Command.Program(["sound", "--guests", "2", "--fd", "0"]).UsageError());
    }

    [Fact]
    public void A_file_is_written_by_one_guest()
    {
        string expected = $"vhost-device: {_folder.At("a.wav")}: a file is written by one stream; say of which guest, with guest=NUMBER";
        string stream = $"out,file={_folder.At("a.wav")}";
        Assert.Equal(expected, Command.Program(["sound", "--socket", _folder.At("s"), "--guests", "2", "--stream", stream]).UsageError());
        Assert.Equal(expected, Command.Program(["sound", "--socket", _folder.At("s"), "--stream", stream, "--stream", stream]).UsageError());
    }

    /// <summary>Two guests and a daemon that is asked; what one plays is in the file, to the last sample.</summary>
    [Fact]
    public void A_running_daemon_plays_is_shown_and_set()
    {
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            [
                "sound", "--socket", _folder.At("s"), "--guests", "2", "--control-socket", _folder.At("ctl"),
                "--stream", $"out,guest=0,file={_folder.At("a.wav")}", "--stream", "in,guest=1,sine=1000,name=tone",
            ]);
        daemon.Err.WaitFor($"listening on {_folder.At("s1")}");
        using (FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("s0"), s_options))
        {
            foreach (uint[] request in (uint[][])[[0x101, 0, 128, 64, 0, 2 | 5 << 8 | 7 << 16], [0x102, 0], [0x104, 0]])
                Ask(guest, request);
            byte[] frames = new byte[68];
            for (int i = 4; i < frames.Length; i++)
                frames[i] = (byte)i;
            Assert.Equal(8, guest.Request(2, frames, 8).Length);
            Assert.Empty(Ctl("volume", "0.out0", "0").Success());
            Assert.Equal(8, guest.Request(2, frames, 8).Length);
            Ask(guest, [0x105, 0]);
            Ask(guest, [0x103, 0]);
        }

        string[] shown = Ctl("show").Success();
        Assert.Equal(2, shown.Length);
        Assert.StartsWith($"0.out0 out {_folder.At("a.wav")}, plugged, volume 0, 2 periods, ", shown[0], StringComparison.Ordinal);
        Assert.StartsWith("tone in sine, plugged, volume 100, 0 periods, 0 xruns, peak silent, power silent", shown[1], StringComparison.Ordinal);
        Assert.Empty(Ctl("unplug", "tone").Success());
        Assert.Empty(Ctl("mute", "tone").Success());
        Assert.StartsWith("tone in sine, unplugged, muted, ", Ctl("show").Success()[1], StringComparison.Ordinal);
        Assert.Empty(Ctl("scope", "0.out0", _folder.At("a.png")).Success());
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(_folder.At("a.png"))[..4]);
        Assert.Equal("vhost-device: there is no stream 'x': 0.out0, tone", Ctl("plug", "x").RuntimeError());
        Assert.Equal("vhost-device: '101' is no volume: 0 to 100, each half a decibel; 0 is silence", Ctl("volume", "tone", "101").RuntimeError());
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        byte[] file = File.ReadAllBytes(_folder.At("a.wav"));
        Assert.Equal(44 + 128, file.Length);
        Assert.Equal(128, BitConverter.ToInt32(file, 40));
        Assert.Equal(Enumerable.Range(4, 64).Select(static i => (byte)i), file[44..108]);
        Assert.Equal(new byte[64], file[108..]);
    }

    /// <summary>
    /// A device of ALSA is opened within the sandbox, as often as a guest uses it. That of this test is /dev/null, which the
    /// full one leaves nobody.
    /// </summary>
    [Fact]
    public void Alsa_is_used_within_the_sandbox()
    {
        Assert.SkipUnless(NativeLibrary.TryLoad("libasound.so.2", out _), "libasound2 is not installed");
        File.WriteAllText(_folder.At("asound.conf"), "pcm.default { type null }\n");
        Dictionary<string, string> environment = new() { ["ALSA_CONFIG_PATH"] = _folder.At("asound.conf") };
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path,
            ["sound", "--socket", _folder.At("s"), "--backend", "alsa", "--sandbox", "seccomp"],
            new ChildOptions { Environment = environment });
        daemon.Err.WaitFor("listening on");
        using FrontEndDevice guest = FrontEndDevice.Connect(_folder.At("s"), s_options);
        for (int use = 0; use < 3; use++)
        {
            foreach (uint[] request in (uint[][])[[0x101, 0, 128, 64, 0, 2 | 5 << 8 | 7 << 16], [0x102, 0], [0x104, 0]])
                Ask(guest, request);
            byte[] status = guest.Request(2, new byte[68], 8);
            Assert.Equal((8, 0x8000u), (status.Length, BitConverter.ToUInt32(status)));
            Ask(guest, [0x105, 0]);
            Ask(guest, [0x103, 0]);
        }

        Assert.DoesNotContain("ERROR", string.Join('\n', daemon.Err.Lines), StringComparison.Ordinal);
    }

    private static void Ask(FrontEndDevice guest, uint[] request)
    {
        byte[] answer = guest.Request(0, MemoryMarshal.AsBytes(request.AsSpan()), 4);
        Assert.Equal(0x8000u, BitConverter.ToUInt32(answer));
    }

    private CommandResult Ctl(string verb, params string[] words) =>
        Command.Program(["sound", verb, .. words, "--control-socket", _folder.At("ctl")]);
}
