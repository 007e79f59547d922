// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>
/// What the user's files and paths can be wrong in, at each place that reads one: a line that names it, in our words or the
/// kernel's. The native program has no texts of the framework, only the keys to them.
/// </summary>
public sealed class FrameworkTextTests : IDisposable
{
    private const string Secret = "secret";

    private readonly TemporaryFolder _folder = new();

    public FrameworkTextTests()
    {
        Directory.CreateDirectory(_folder.At("folder"));
        File.WriteAllText(_folder.At(Secret), "board: b\n");
        File.SetUnixFileMode(_folder.At(Secret), UnixFileMode.None);
        Write("broken", "vms: [\n  - {a: b\n");
        Write("binary", "\0\u0001\uffff{[");
        Write("empty", "");
        Write("scalar", "text");
        Write("address-twice", Bus("{model: lm75, address: 0x48}", "{model: tmp102, address: 0x48}"));
        Write("name-twice", Bus("{model: lm75, address: 0x48, name: a}", "{model: lm75, address: 0x49, name: a}"));
        Write("address-too-large", Bus("{model: lm75, address: 0x480}"));
        Write("no-model", Bus("{model: nonsense, address: 0x48}"));
        Write("no-number", Bus("{model: lm75, address: 99999999999999999999}"));
        Write("no-temperature", Bus("{model: lm75, address: 0x48, temperature: hot}"));
        Write("content-missing", Bus("{model: 24c02, address: 0x50, content: none}"));
        Write("content-folder", Bus("{model: 24c02, address: 0x50, content: folder}"));
        Write("content-secret", Bus("{model: 24c02, address: 0x50, content: secret}"));
        foreach (string image in (string[])["folder", "secret", "none/image", "scalar/image"])
            Write("image-" + image.Replace('/', '-'), $"board: b\nspi:\n  - bus: spi0\n    devices:\n      - {{model: w25q16, image: {image}}}\n");
        Write("no-bus", "board: b\ncan:\n  - controller: can0\n");
        Write("buses-share", Bus("{model: lm75, address: 0x48}") + "  - bus: i2c1\n    devices:\n      - {model: lm75, address: 0x48}\n");
    }

    public static TheoryData<string> BoardFiles { get; } =
    [
        "none", "folder", Secret, "broken", "binary", "empty", "scalar", "address-twice", "name-twice", "address-too-large", "no-model", "no-number",
        "no-temperature", "content-missing", "content-folder", "content-secret", "buses-share",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BoardFiles))]
    public void The_board_of_i2c(string file) => AssertNames(file, "i2c", "-s", "{}/s", "--board", "{}/" + file);

    [Theory]
    [InlineData("none")]
    [InlineData("folder")]
    [InlineData(Secret)]
    [InlineData("broken")]
    [InlineData("image-folder")]
    [InlineData("image-secret")]
    [InlineData("image-none-image")]
    [InlineData("image-scalar-image")]
    public void The_board_of_spi(string file)
    {
        AssertNames(file, "spi", "-s", "{}/s", "--board", "{}/" + file);
        AssertNames(file, "board", "serve", "-s", "{}/s", "--board", "{}/" + file);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("folder")]
    [InlineData(Secret)]
    [InlineData("broken")]
    [InlineData("binary")]
    [InlineData("address-twice")]
    [InlineData("content-missing")]
    [InlineData("no-bus")]
    public void The_board_that_is_served(string file)
    {
        AssertNames(file, "board", "serve", "-s", "{}/s", "--board", "{}/" + file);
        AssertNames(file, "gpio", "-s", "{}/s", "--board", "{}/" + file);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("folder")]
    [InlineData(Secret)]
    [InlineData("broken")]
    [InlineData("binary")]
    [InlineData("empty")]
    [InlineData("scalar")]
    [InlineData("no-model")]
    public void The_guests_of_vsock(string file) => AssertNames(file, "vsock", "--config", "{}/" + file);

    [Theory]
    [InlineData("none")]
    [InlineData("folder")]
    [InlineData(Secret)]
    [InlineData("empty")]
    public void The_image_of_scsi(string file)
    {
        AssertNames(file, "scsi", "-s", "{}/s", "{}/" + file);
        AssertNames(file, "scsi", "-s", "{}/s", $"path={{}}/{file},read-only=on,lun=3");
    }

    [Theory]
    [InlineData("path={}/broken,lun=99999999999999999999")]
    [InlineData("path={}/broken,lun=-1")]
    [InlineData("path={}/broken,nonsense=1")]
    [InlineData("path={}/broken,path={}/broken")]
    [InlineData("path=")]
    [InlineData("=")]
    [InlineData(",")]
    [InlineData("memory=99999999999999999999")]
    public void An_image_list_that_makes_no_sense(string image) => AssertNames("", "scsi", "-s", "{}/s", image);

    [Theory]
    [InlineData("none")]
    [InlineData("folder")]
    [InlineData(Secret)]
    public void The_source_of_rng(string file) => AssertNames(file, "rng", "-s", "{}/s", "-f", "{}/" + file);

    [Theory]
    [InlineData("none/r.txt")]
    [InlineData("folder")]
    [InlineData("scalar/r.vcd")]
    public void A_recording(string file) => AssertNames(file, "i2c", "-s", "{}/s", "--board", "demo", "--record", "{}/" + file);

    [Theory]
    [InlineData("none/x")]
    [InlineData("folder")]
    [InlineData("scalar")]
    [InlineData("scalar/x")]
    public void A_socket(string file)
    {
        AssertNames(file, "rng", "-s", "{}/s", "--metrics-socket", "{}/" + file);
        AssertNames(file, "i2c", "-s", "{}/s", "--board", "demo", "--control-socket", "{}/" + file);
        AssertNames(file, "scsi", "-s", "{}/s", "--control-socket", "{}/" + file);
        AssertNames(file, "rtc", "-s", "{}/s", "--control-socket", "{}/" + file);
        AssertNames(file, "console", "-s", "{}/s", "--port", "backend=unix:{}/" + file);
        AssertNames(file, "console", "-s", "{}/s", "--port", "backend=null", "--control-socket", "{}/" + file);
        AssertNames(file, "console", "attach", "0", "--control-socket", "{}/" + file);
        AssertNames(file, "console", "expect", "0", "x", "--control-socket", "{}/" + file);
        AssertNames(file, "rtc", "show", "--control-socket", "{}/" + file);
        AssertNames(file, "sound", "--socket", "{}/" + file);
        AssertNames(file, "sound", "--socket", "{}/s", "--control-socket", "{}/" + file);
        AssertNames(file, "sound", "show", "--control-socket", "{}/" + file);
        AssertNames(file, "vsock", "--socket", "{}/" + file, "--uds-path", "{}/u");
        AssertNames(file, "board", "list", "--control-socket", "{}/" + file);
        AssertNames(file, "probe", "{}/" + file);
    }

    [Theory]
    [InlineData("i2c", "-s", "{}/s", "-l", "99999999999999999999:80")]
    [InlineData("i2c", "-s", "{}/s", "-l", "1:99999999999999999999")]
    [InlineData("i2c", "-s", "{}/s", "-l", "/none/i2c-1:80")]
    [InlineData("i2c", "-s", "{}/s", "-l", "{}/folder:80")]
    [InlineData("gpio", "-s", "{}/s", "-l", "none")]
    [InlineData("gpio", "-s", "{}/s", "-l", "s99999999999999999999")]
    [InlineData("gpio", "-s", "{}/s", "-l", "{}/folder[0]")]
    [InlineData("spi", "-s", "{}/s", "-l", "/none/spidev0.0")]
    [InlineData("spi", "-s", "{}/s", "-l", "{}/folder")]
    [InlineData("spi", "-s", "{}/s", "-l", "")]
    [InlineData("can", "-s", "{}/s", "-d", "none")]
    [InlineData("can", "-s", "{}/s", "-d", "")]
    [InlineData("can", "-s", "{}/s", "--simulate", ":")]
    [InlineData("can", "-s", "{}/s", "--simulate", "a", "--send-timeout", "99999999999999999999")]
    [InlineData("input", "-s", "{}/s", "-e", "/none/event0")]
    [InlineData("input", "-s", "{}/s", "-e", "{}/folder")]
    [InlineData("input", "-s", "{}/s", "-e", ",")]
    [InlineData("input", "-s", "{}/s", "-e", "name:")]
    [InlineData("input", "-s", "{}/s", "--evdev-path", "/dev/null", "--grab-toggle", "none")]
    [InlineData("console", "-s", "{}/s", "--port", "nonsense")]
    [InlineData("console", "-s", "{}/s", "--port", "backend=log:{}/none/x")]
    [InlineData("console", "-s", "{}/s", "--port", "backend=pty:{}/none/x")]
    [InlineData("console", "-s", "{}/s", "--port", "backend=tcp:nowhere")]
    [InlineData("console", "-s", "{}/s", "-b", "network", "-p", "70000")]
    [InlineData("console", "-s", "{}/s", "-q", "3")]
    [InlineData("console", "expect", "0", "(", "--control-socket", "{}/c")]
    [InlineData("console", "send", "0", "\\q", "--control-socket", "{}/c")]
    [InlineData("rtc", "-s", "{}/s", "--start", "nonsense")]
    [InlineData("rtc", "-s", "{}/s", "--start", "99999-01-01T00:00:00Z")]
    [InlineData("rtc", "-s", "{}/s", "--offset", "99999999999999999999")]
    [InlineData("rtc", "-s", "{}/s", "--rate", "NaN")]
    [InlineData("rtc", "-s", "{}/s", "--utc-type", "nonsense")]
    [InlineData("scmi", "-s", "{}/s", "-d", "iio,path=/none,channel=in_accel")]
    [InlineData("scmi", "-s", "{}/s", "-d", "hwmon,path={}/folder")]
    [InlineData("sound", "--socket", "{}/s", "--stream", "")]
    [InlineData("sound", "--socket", "{}/s", "--stream", "out,file={}/folder")]
    [InlineData("sound", "--socket", "{}/s", "--stream", "out,file={}/none/x")]
    [InlineData("sound", "--socket", "{}/s", "--stream", "in,file={}/none")]
    [InlineData("sound", "--socket", "{}/s", "--stream", "out,guest=1")]
    [InlineData("sound", "--socket", "{}/s", "--backend", "nonsense")]
    [InlineData("sound", "--socket", "{}/s", "--guests", "65")]
    [InlineData("rng", "-s", "{}/s", "-m", "99999999999999999999")]
    [InlineData("rng", "-s", "{}/s", "--socket-group", "no-such-group")]
    [InlineData("rng", "-s", "{}/s", "--socket-mode", "999")]
    [InlineData("vsock", "--vm", "socket={}/s,uds-path={}/u,guest-cid=99999999999999999999")]
    [InlineData("vsock", "--vm", "nonsense")]
    [InlineData("probe", "one", "two")]
    [InlineData("board", "get", "part", "parameter", "more")]
    [InlineData("board", "example", "more")]
    [InlineData("scsi", "add", "-s", "{}/s")]
    [InlineData("scsi", "list", "more")]
    [InlineData("vsock", "list", "more")]
    [InlineData("rtc", "set")]
    [InlineData("sound", "volume", "out0")]
    [InlineData("rtc", "rate", "1", "2")]
    public void A_value(params string[] arguments) => AssertNames("", arguments);

    // As an ordinary user: to root nothing is unreadable.
    private void AssertNames(string what, params string[] arguments)
    {
        string[] completed = [.. arguments.Select(a => a.Replace("{}", _folder.Path, StringComparison.Ordinal))];
        CommandResult result = Libc.geteuid() != 0
            ? Command.Program(completed)
            : Command.Run("/usr/bin/setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", OrdinaryProgram(), .. completed]);
        string all = string.Join('\n', [.. result.Out, .. result.Err]);
        Assert.True(result.Status is 1 or 2, $"status {result.Status}: {all}");
        Assert.InRange(result.Err.Length, result.Status, result.Status);
        Assert.DoesNotMatch(
            @"Arg_|IO_|_Name|Exception|System\.|\b[A-Z]\w*[a-z]_[A-Z]|internal error",
            all.Replace(_folder.Path, "", StringComparison.Ordinal));
        Assert.Contains(what, result.Err[0], StringComparison.Ordinal);
    }

    private string OrdinaryProgram()
    {
        string program = _folder.At("vhost-device");
        if (!File.Exists(program))
        {
            // By another process: a child of a test beside this one would inherit a descriptor that this one writes through,
            // and while it has that, the copy cannot be run.
            _ = Command.Run("/bin/cp", ["-L", ProgramFile.Path, program]).Success();
            const UnixFileMode all = (UnixFileMode)0b111_111_111;
            File.SetUnixFileMode(program, all);
            File.SetUnixFileMode(_folder.Path, all);
            File.SetUnixFileMode(_folder.At("folder"), all);
        }

        return program;
    }

    private void Write(string name, string text) => File.WriteAllText(_folder.At(name), text);

    private static string Bus(params string[] devices) =>
        "board: b\ni2c:\n  - bus: i2c0\n    devices:\n" + string.Concat(devices.Select(d => $"      - {d}\n"));
}
