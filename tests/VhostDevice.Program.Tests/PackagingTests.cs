// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.Json;

namespace VhostDevice.Program.Tests;

/// <summary>What packagers install beside the program says the truth about it.</summary>
public sealed class PackagingTests
{
    private const string InstalledIn = "/usr/bin/";

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

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_is_activated_by_its_socket(string name)
    {
        string path = Path.Combine(s_folder, "systemd", name);
        string[] lines = File.ReadAllLines(path);
        Assert.Contains("Type=notify", lines);
        string[] command = lines.Single(l => l.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..].Split(' ');
        // Without a socket from the manager there is no path either: the command line is right but for that.
        Assert.Contains("--socket-path PATH is missing", Command.Run(Installed(command[0]), command[1..]).UsageError(), StringComparison.Ordinal);
        Assert.Contains(File.ReadAllLines(Path.ChangeExtension(path, ".socket")), l => l.StartsWith("ListenStream=", StringComparison.Ordinal));
    }

    private static JsonDocument Read(string name)
    {
        string path = Path.Combine(s_folder, "qemu", name);
        return JsonDocument.Parse(File.ReadAllText(File.Exists(path) ? path : Path.Combine(s_folder, "backends", name)));
    }

    private static string Installed(string path)
    {
        Assert.StartsWith(InstalledIn, path, StringComparison.Ordinal);
        return Path.Combine(Path.GetDirectoryName(ProgramFile.Path)!, path[InstalledIn.Length..]);
    }

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.GetFiles(Path.Combine(s_folder, folder), pattern).Select(f => Path.GetFileName(f));
}
