// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.Json;

namespace VhostDevice.Program.Tests;

/// <summary>What packagers install beside the program says the truth about it.</summary>
public sealed class PackagingTests
{
    private const string InstalledIn = "/usr/bin/";
    private const string Analyze = "/usr/bin/systemd-analyze";

    // What units leave to a file of the administrator.
    private static readonly Dictionary<string, string> s_variables = new()
    {
        ["${DEVICES}"] = "1:0x48:0x50",
        ["${DEVICE}"] = "/dev/input/event0",
        ["$SENSORS"] = "fake fake,name=other",
        ["${CHIP}"] = "1[0-3]",
        ["$OPTIONS"] = "--num-queues 4",
        ["$IMAGES"] = "/var/lib/a.img path=/var/lib/b.img,serial=D1",
    };

    private static readonly string s_folder = Path.Combine(ProgramFile.Repository, "packaging");

    // VhostUserBackendType of QEMU's docs/interop/vhost-user.json.
    private static readonly string[] s_qemuTypes =
    [
        "9p", "balloon", "block", "caif", "console", "crypto", "gpu", "input", "net", "rng", "rpmsg", "rproc-serial", "scsi", "vsock", "fs",
    ];

    public static TheoryData<string> DiscoveryFiles => [.. Files("qemu", "*.json"), .. Files("backends", "*.json")];

    public static TheoryData<string> QemuFiles => [.. Files("qemu", "*.json")];

    public static TheoryData<string> OtherFiles => [.. Files("backends", "*.json")];

    public static TheoryData<string> Services => [.. Files("systemd", "*.service")];

    // vhost-user specification, "Backend program conventions"; QEMU's docs/interop/vhost-user.json.
    [Theory]
    [MemberData(nameof(DiscoveryFiles))]
    public void A_discovery_file_is_valid_and_names_the_right_program(string name)
    {
        Assert.Matches("^[0-9][0-9]-[a-z0-9-]+\\.json$", name);
        using JsonDocument json = Read(name);
        Assert.Equal(["description", "type", "binary"], json.RootElement.EnumerateObject().Select(p => p.Name));
        string device = Path.GetFileName(json.RootElement.GetProperty("binary").GetString()!)["vhost-device-".Length..];
        Assert.Equal(Command.Program("describe", "--format", "discovery", device).Success(), File.ReadAllLines(PathOf(name)));
        Assert.NotEmpty(json.RootElement.GetProperty("description").GetString()!);

        string program = Installed(json.RootElement.GetProperty("binary").GetString()!);
        using JsonDocument capabilities = JsonDocument.Parse(string.Join('\n', Command.Run(program, ["--print-capabilities"]).Success()));
        Assert.Equal(capabilities.RootElement.GetProperty("type").GetString(), json.RootElement.GetProperty("type").GetString());
    }

    // libvirt parses every file of QEMU's folder before it looks for one, and one unknown type fails them all: then no
    // domain with virtiofs starts any more.
    [Theory]
    [MemberData(nameof(QemuFiles))]
    public void QEMU_knows_the_type_of_a_file_in_its_folder(string name)
    {
        using JsonDocument json = Read(name);
        Assert.Contains(json.RootElement.GetProperty("type").GetString()!, s_qemuTypes);
    }

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public void What_QEMU_knows_is_in_its_folder(string name)
    {
        using JsonDocument json = Read(name);
        Assert.DoesNotContain(json.RootElement.GetProperty("type").GetString()!, s_qemuTypes);
    }

    [Fact]
    public void Every_device_has_its_units()
    {
        string[] devices = ProgramFile.DevicesOfGuests;
        Assert.Equal(devices.Select(static d => $"vhost-device-{d}@.service"), Files("systemd", "*.service").Order(StringComparer.Ordinal));
        Assert.Equal(devices.Select(static d => $"vhost-device-{d}@.socket"), Files("systemd", "*.socket").Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_is_activated_by_its_socket(string name)
    {
        string path = Path.Combine(s_folder, "systemd", name);
        string[] lines = File.ReadAllLines(path);
        Assert.Contains("Type=notify", lines);
        string line = lines.Single(l => l.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..];
        foreach ((string variable, string value) in s_variables)
        {
            bool isUsed = line.Contains(variable, StringComparison.Ordinal);
            line = line.Replace(variable, value, StringComparison.Ordinal);
            // Who reads the unit sees what goes there.
            Assert.True(!isUsed || lines.Any(l => l.Contains($"{variable.Trim('$', '{', '}')}=", StringComparison.Ordinal)), variable);
        }

        string[] command = line.Split(' ');
        Assert.DoesNotContain('$', line);
        // Without a socket from the manager there is no path either: the command line is right but for that.
        Assert.Matches("--socket(-path)? PATH is missing", Command.Run(Installed(command[0]), command[1..]).UsageError());
        string[] socket = File.ReadAllLines(Path.ChangeExtension(path, ".socket"));
        Assert.Contains($"ListenStream=%t/vhost-device/{name["vhost-device-".Length..name.IndexOf('@', StringComparison.Ordinal)]}-%i.sock", socket);
        Assert.Contains("SocketMode=0660", socket);
        Assert.Contains("SocketGroup=kvm", socket);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void The_service_manager_understands_the_units(string name)
    {
        Assert.SkipUnless(File.Exists(Analyze), "there is no systemd-analyze here");
        using TemporaryFolder folder = new();
        string instance = name.Replace("@", "@guest", StringComparison.Ordinal);
        foreach (string each in new[] { name, Path.ChangeExtension(name, ".socket") })
        {
            string text = File.ReadAllText(Path.Combine(s_folder, "systemd", each));
            text = text.Replace(InstalledIn, Path.GetDirectoryName(ProgramFile.Path) + "/", StringComparison.Ordinal);
            File.WriteAllText(folder.At(each.Replace("@", "@guest", StringComparison.Ordinal)), text);
        }

        CommandResult result = Command.Run(
            Analyze, ["verify", "--man=no", folder.At(instance), folder.At(Path.ChangeExtension(instance, ".socket"))]);
        // It warns of what it does not know, and goes on.
        Assert.DoesNotContain(result.Err, l => l.Contains(folder.Path, StringComparison.Ordinal) || l.Contains(instance, StringComparison.Ordinal));
        Assert.Equal(0, result.Status);
    }

    private static JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllText(PathOf(name)));

    private static string PathOf(string name)
    {
        string path = Path.Combine(s_folder, "qemu", name);
        return File.Exists(path) ? path : Path.Combine(s_folder, "backends", name);
    }

    private static string Installed(string path)
    {
        Assert.StartsWith(InstalledIn, path, StringComparison.Ordinal);
        return Path.Combine(Path.GetDirectoryName(ProgramFile.Path)!, path[InstalledIn.Length..]);
    }

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.GetFiles(Path.Combine(s_folder, folder), pattern).Select(f => Path.GetFileName(f));
}
