// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Scsi;

/// <summary>
/// Each verb of the control socket against a daemon in its sandbox: whatever a client says, it is answered, and no word
/// of it reaches a system call that ends the daemon.
/// </summary>
public sealed class VerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>How much the daemon denies itself.</summary>
    public static TheoryData<string> Modes => new("full", "seccomp");

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_relative_path_is_that_of_whoever_asks(string sandbox)
    {
        using ScsiDaemon daemon = Start(sandbox);
        Make("b.img");
        Make("with blank .img");
        Make("co,mma.img");
        Make(" first.img");
        Directory.CreateDirectory(_folder.At("below"));
        File.CreateSymbolicLink(_folder.At("link.img"), "b2.img");
        Make("b2.img");
        (string Image, string Name)[] images =
        [
            ("b.img", "b.img"),
            ("./with blank .img", "./with blank .img"),
            ("co,mma.img", "co,mma.img"),
            (" first.img", " first.img"),
            ("link.img", "link.img"),
        ];
        for (int i = 0; i < images.Length; i++)
        {
            Assert.Equal([$"{i + 1}:0 2048 blocks of 512 read-write {_folder.At(images[i].Name)}"], Ask("add", images[i].Image).Success());
            Assert.Equal(2, daemon.Run("000000000000", target: (byte)(i + 1)).Status);
        }

        Assert.Equal(
            [$"9:3 2048 blocks of 512 read-only {_folder.At("below/../c.img")}"],
            Ask("add", "path=below/../c.img,read-only=on,target=9,lun=3", make: "c.img").Success());
        Assert.Equal(7, Ask("list").Success().Length);
        Assert.Equal([$"1:0 2048 blocks of 512 read-write {_folder.At("b.img")}"], Ask("resize", "1").Success());
        Assert.Empty(Ask("remove", "1:0").Success());
        Assert.False(daemon.Process.HasExited);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_wrong_request_is_answered(string sandbox)
    {
        using ScsiDaemon daemon = Start(sandbox);
        Make("b.img");
        string missing = _folder.At("none.img");
        Assert.Equal(
            $"vhost-device: {missing} cannot be opened for reading and writing: No such file or directory",
            Ask("add", "none.img").RuntimeError());
        Assert.Equal($"vhost-device: {_folder.Path}/. cannot be opened for reading and writing: Is a directory", Ask("add", ".").RuntimeError());
        Assert.StartsWith("vhost-device: 'size' is no option of an image", Ask("add", "path=b.img,size=1").RuntimeError(), StringComparison.Ordinal);
        Assert.Contains("a.img is in use by another program or as another unit", Ask("add", "a.img").RuntimeError(), StringComparison.Ordinal);
        Assert.Contains("with a line break", Ask("add", "b\n.img").UsageError(), StringComparison.Ordinal);
        Assert.Contains("is too long", Ask("add", new string('x', 5000)).UsageError(), StringComparison.Ordinal);
        foreach (string unit in (string[])["256", "x", "1:16384", "0:0:0", "/dev/null", "-1"])
        {
            foreach (string verb in (string[])["remove", "resize"])
            {
                CommandResult result = Ask(verb, unit);
                Assert.Equal(1, result.Status);
                Assert.StartsWith("vhost-device: ", Assert.Single(result.Err), StringComparison.Ordinal);
            }
        }

        Assert.False(daemon.Process.HasExited);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Any_line_on_the_socket_is_answered(string sandbox)
    {
        using ScsiDaemon daemon = Start(sandbox);
        string[] lines =
        [
            "add b.img", "add path=x,reservations=r", "add /a\0b", "add path=/a\0b", "add path=", "add memory=1G,lun=99999", "list x", "remove",
            "resize ", "what", "add ~", "add \u00e9\ud83d\ude00", "add /proc/self/mem", "add /dev/null", "add /dev/tty", "add /",
        ];
        foreach (string line in lines)
            Assert.StartsWith("error ", Raw(line), StringComparison.Ordinal);
        Assert.Equal("error b.img: write the whole path, from / on: it is not known which folder you mean", Raw("add b.img"));
        Assert.Equal("- 7:0 2048 blocks of 512 read-write no file", Raw("add memory=1M,target=7"));
        Assert.Equal(2, daemon.Run("000000000000", target: 7).Status);
        Assert.False(daemon.Process.HasExited);
    }

    [Theory]
    [InlineData("add", "--control-socket PATH IMAGE", "--control-socket /run/vm/scsi.ctl /images/b.img")]
    [InlineData("list", "--control-socket PATH", "--control-socket /run/vm/scsi.ctl")]
    [InlineData("remove", "--control-socket PATH UNIT", "--control-socket /run/vm/scsi.ctl 5:0")]
    [InlineData("resize", "--control-socket PATH UNIT", "--control-socket /run/vm/scsi.ctl 5:0")]
    public void Each_verb_has_a_usage_and_an_example_to_copy(string verb, string usage, string example)
    {
        string[] lines = Command.Program("scsi", verb, "--help").Success();
        Assert.Contains($"  vhost-device scsi {verb} {usage}", lines);
        Assert.Contains($"  vhost-device scsi {verb} {example}", lines);
        Assert.DoesNotContain(lines, static l => l.Length > 80);
        Assert.Equal(verb == "add", lines.Any(static l => l.Contains("block-size", StringComparison.Ordinal)));
    }

    private ScsiDaemon Start(string sandbox)
    {
        Make("a.img");
        return new ScsiDaemon(
            _folder,
            "--sandbox",
            sandbox,
            "--control-socket",
            _folder.At("control"),
            "--image-folder",
            _folder.Path,
            _folder.At("a.img"));
    }

    private void Make(string name) => File.WriteAllBytes(_folder.At(name), new byte[1 << 20]);

    private CommandResult Ask(string verb, string? word = null, string? make = null)
    {
        if (make is not null)
            Make(make);
        string[] words = word is null ? [] : ["--", word];
        return Command.Run(
            "/bin/bash",
            [
                "-c", "cd \"$0\" && exec \"$@\"", _folder.Path, ProgramFile.Path, "scsi", verb, "--control-socket",
                _folder.At("control"), .. words,
            ]);
    }

    // The first line of the answer.
    private string Raw(string line)
    {
        using System.Net.Sockets.Socket socket = new(
            System.Net.Sockets.AddressFamily.Unix,
            System.Net.Sockets.SocketType.Stream,
            System.Net.Sockets.ProtocolType.Unspecified);
        socket.ReceiveTimeout = (int)Patience.Time.TotalMilliseconds;
        socket.Connect(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder.At("control")));
        _ = socket.Send(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        List<byte> answer = [];
        byte[] one = new byte[1];
        while (socket.Receive(one) == 1 && one[0] != '\n')
            answer.Add(one[0]);
        return System.Text.Encoding.UTF8.GetString([.. answer]);
    }
}
