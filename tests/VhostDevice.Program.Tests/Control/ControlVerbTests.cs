// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Control;

/// <summary>
/// Every verb of every control socket, with words that are wrong, relative, spaced, linked or too many: whatever a client
/// says, the daemon answers and goes on. The sandbox ends a process at a forbidden system call, so that a word that leads
/// to one would be the end of a guest's disk.
/// </summary>
public sealed class ControlVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // What a word may be where a path, a number or a name is asked for.
    private static readonly string[] s_words =
    [
        "image", "./image", "../image", "no/such/image", "{}/image", "{}/no/such", "{}/link", "{}/dangling", "{}/loop",
        "{}/with space", "{}", "/", "/proc/self/exe", "/proc/self/cwd/image", "/etc/passwd", "~", "", " ", "0", "1:0", "-1", "99999999999999999999",
        "a=b", "path=image", "path=./image,target=7", "path={}/image,target=8,reservations=r", "path={}/image,target=9,modes=./m/n",
        "guest-cid=7,socket=s7,uds-path=u7", "guest-cid=8,socket=no/s8,uds-path=no/u8", "guest-cid=9,socket={}/no/s9,uds-path={}/u9",
        "guest-cid=10,socket={}/image,uds-path={}/u10", "guest-cid=11,socket={}/s11,uds-path={}/dangling",
        "guest-cid=12,socket={}/s12,uds-path={}/u12",
        "guest-cid=13,socket={}/loop/s,uds-path={}/u13", "guest-cid=3", "temp0", "lm75@48", "temp0 temperature",
        "temp0 temperature 1e999", "button0 10", "kbd0", "kbd0 A+B up", "kbd0 \\n\\x",
        "mouse0", "mouse0 1 99999999999999999999", "\u00e4\u00f6\u00fc",
        "console0", "console0 80x25", "console0 0x0", "0 99999x1", "backend=null", "name=a,backend=unix:{}/p",
        "name=a,backend=pty", "name=b,backend=log:{}/p.log", "name=c,backend=exec:true", "name=d,backend=stdio", "name=e,backend=tcp:127.0.0.1:1",
    ];

    private static readonly string[] s_verbs =
        ["list", "get", "set", "press", "release", "send", "error", "key", "type", "move", "click", "scroll",
        "touch", "stick", "trigger", "turn", "play", "watch"];

    public static readonly TheoryData<string, string, string[], string[]> Sockets = new()
    {
        { "vsock", "full", ["--vm", "guest-cid=3,socket={}/s,uds-path={}/u"], ["add", "remove", "list"] },
        { "vsock", "seccomp", ["--vm", "guest-cid=3,socket={}/s,uds-path={}/u"], ["add", "remove", "list"] },
        { "scsi", "full", ["-s", "{}/s", "memory=1M", "--image-folder", "{}"], ["add", "remove", "list", "resize"] },
        { "scsi", "seccomp", ["-s", "{}/s", "memory=1M"], ["add", "remove", "list", "resize"] },
        { "board", "full", ["-s", "{}/s"], [.. s_verbs] },
        { "i2c", "full", ["-s", "{}/s", "--board", "demo"], ["list", "get", "set", "press", "release", "send", "error", "watch"] },
        { "input", "full", ["-s", "{}/s", "--board", "demo"], ["list", "key", "type", "move", "click", "scroll"] },
        { "console", "full", ["-s", "{}/s", "--port", "backend=null", "--max-ports", "2"], ["list", "add", "remove", "resize", "attach"] },
        { "console", "seccomp", ["-s", "{}/s", "--port", "backend=null", "--max-ports", "2"], ["list", "add", "remove", "resize"] },
        { "rtc", "full", ["-s", "{}/s"], ["show", "set", "step", "rate", "skew", "freeze", "run"] },
        { "rtc", "seccomp", ["-s", "{}/s"], ["show", "set", "step", "rate", "skew", "freeze", "run"] },
        { "sound", "full", ["--socket", "{}/s"], ["show", "plug", "unplug", "volume", "mute", "unmute", "scope"] },
        { "sound", "seccomp", ["--socket", "{}/s"], ["show", "plug", "unplug", "volume", "mute", "unmute", "scope"] },
        { "gpio", "full", ["-s", "{}/s", "--board", "demo"], ["list", "get", "set", "press", "release", "send", "error", "watch"] },
    };

    [Theory]
    [MemberData(nameof(Sockets))]
    public void Whatever_a_client_says_the_daemon_answers_and_goes_on(string device, string sandbox, string[] arguments, string[] verbs)
    {
        MakeFiles();
        string[] command = device == "board" ? ["board", "serve"] : [device];
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, [.. command, .. arguments.Select(At), "--control-socket", At("{}/c"), "--sandbox", sandbox, "--log-level", "error"]);
        daemon.Err.WaitFor("listening on");
        foreach (string verb in verbs.Append("no-verb").Append(""))
        {
            foreach (string word in s_words)
            {
                string said = $"{verb} {At(word)}";
                Assert.True(Answers(said), $"no answer to '{said}'; {string.Join('\n', daemon.Err.Lines)}");
                Assert.False(daemon.HasExited, $"'{said}' ended the daemon");
            }
        }

        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
        Assert.DoesNotContain(daemon.Err.WaitForEnd(), l => l.Contains("internal error", StringComparison.Ordinal));
    }

    [Fact]
    public void The_programs_own_commands_name_paths_from_where_they_are_called()
    {
        MakeFiles();
        using ChildProcess daemon = ChildProcess.Start(
            ProgramFile.Path, ["vsock", "--vm", At("guest-cid=3,socket={}/s,uds-path={}/u"), "--control-socket", At("{}/c")]);
        daemon.Err.WaitFor("listening on");
        CommandResult added = Command.Run(
            "/bin/sh",
            [
                "-c", "cd \"$0\" && exec \"$1\" vsock add guest-cid=4,socket=s4,uds-path=./u4 --control-socket c",
                _folder.Path, ProgramFile.Path,
            ]);
        Assert.Equal([], added.Success());
        Assert.Contains("s4", _folder.Names);
        Assert.Contains(
            Command.Program("vsock", "list", "--control-socket", At("{}/c")).Success(),
            l => l.Contains(At("socket={}/s4,uds-path={}/u4,"), StringComparison.Ordinal));
        daemon.Signal(Libc.SIGTERM);
        Assert.Equal(0, daemon.WaitForExit());
    }

    private string At(string text) => text.Replace("{}", _folder.Path, StringComparison.Ordinal);

    private void MakeFiles()
    {
        File.WriteAllBytes(_folder.At("image"), new byte[4096]);
        File.WriteAllBytes(_folder.At("with space"), new byte[4096]);
        File.CreateSymbolicLink(_folder.At("link"), _folder.At("image"));
        File.CreateSymbolicLink(_folder.At("dangling"), _folder.At("nothing"));
        File.CreateSymbolicLink(_folder.At("loop"), _folder.At("loop"));
    }

    // A client of its own for each line. An empty line is none, and is followed by a question that has an answer.
    private bool Answers(string line)
    {
        using TextSocket client = new(_folder.At("c"));
        client.Send(line + "\nlist\n");
        client.EndSending();
        return client.ReadUntil(l => l == "ok" || l.StartsWith("error ", StringComparison.Ordinal));
    }
}
