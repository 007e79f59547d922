// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using System.CommandLine.Parsing;
using VhostDevice.Devices.Vsock;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Program.CommandLine;

namespace VhostDevice.Program.Vsock;

/// <summary>The options that say which guests are served: those of one guest, or --vm for each, or a file.</summary>
internal sealed class VsockOptions
{
    private readonly CommonOptions _common;

    private readonly Option<ulong> _guestCid = new("--guest-cid")
    {
        Description = "The guest's CID",
        HelpName = "CID",
        DefaultValueFactory = _ => VsockCid.FirstGuest,
        CustomParser = r => Numbers.U64(r),
    };

    private readonly Option<string?> _udsPath = new("--uds-path")
    {
        Description = "Connect the guest with Unix sockets: programs connect to PATH, write 'CONNECT PORT' and read 'OK PORT'; the guest's connections to port N of the host go to PATH_N",
        HelpName = "PATH",
    };

    private readonly Option<uint?> _forwardCid = new("--forward-cid")
    {
        Description = "Connect the guest with vsock sockets instead: its connections go to the same port of this CID",
        HelpName = "CID",
        CustomParser = r => Numbers.U32(r),
    };

    private readonly Option<string?> _forwardListen = new("--forward-listen")
    {
        Description = "With --forward-cid: vsock ports of this machine whose connections go to the guest, with '+' between them; PORT/seqpacket for SEQPACKET sockets",
        HelpName = "PORTS",
    };

    private readonly Option<uint> _bufferSize = new("--tx-buffer-size")
    {
        Description = "Bytes that may wait for a program that does not read, for each connection; more is never kept in memory for one",
        HelpName = "BYTES",
        DefaultValueFactory = _ => VsockGuest.DefaultBufferSize,
        CustomParser = Numbers.U32,
    };

    private readonly Option<uint> _queueSize = new("--queue-size")
    {
        Description = "Largest ring: a power of two up to 32768",
        HelpName = "ENTRIES",
        DefaultValueFactory = _ => 1024,
        CustomParser = Numbers.U32,
    };

    private readonly Option<string> _groups = new("--groups")
    {
        Description = "Guests with a group in common may connect to each other; names with '+' between them",
        HelpName = "NAMES",
        DefaultValueFactory = _ => "default",
    };

    private readonly Option<string[]> _vm = new("--vm")
    {
        Description = $"One guest of several, all in this process: KEY=VALUE[,...] with {string.Join(", ", VsockSettings.Keys)}; once for each guest",
        HelpName = "SETTINGS",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "A YAML file with the guests: a list 'vms', with the keys of --vm",
        HelpName = "FILE",
    };

    internal VsockOptions(Command command, CommonOptions common)
    {
        _common = common;
        foreach (Option option in Single)
            command.Options.Add(option);
        command.Options.Add(_vm);
        command.Options.Add(_config);
        command.Validators.Add(Check);
    }

    private Option[] Single => [_guestCid, _udsPath, _forwardCid, _forwardListen, _bufferSize, _queueSize, _groups];

    /// <summary>Whether the front-ends' sockets are those of --socket, --fd or a service manager.</summary>
    internal bool IsSingle(ParseResult result) => result.GetResult(_vm) is null && result.GetResult(_config) is null;

    /// <exception cref="StartupException">They make no sense (exit 2).</exception>
    internal IReadOnlyList<VsockSettings> Settings(ParseResult result)
    {
        if (result.GetValue(_config) is { } file)
            return Load(file);
        if (result.GetResult(_vm) is not null)
            return [.. result.GetValue(_vm)!.Select(Parse)];
        string problem = "";
        IReadOnlyList<VsockPort> ports = [];
        if (result.GetValue(_forwardListen) is { } listen && !VsockSettings.TryPorts(listen, out ports, out problem))
            throw new StartupException($"--forward-listen: {problem}", isUsage: true);
        VsockSettings settings = new()
        {
            GuestCid = result.GetValue(_guestCid),
            Socket = result.GetValue(_common.SocketPath) ?? "an inherited socket",
            UdsPath = result.GetValue(_udsPath),
            ForwardCid = result.GetValue(_forwardCid),
            ForwardListen = ports,
            BufferSize = result.GetValue(_bufferSize),
            QueueSize = result.GetValue(_queueSize),
            Groups = VsockSettings.GroupsOf(result.GetValue(_groups)!),
        };
        problem = settings.Problem();
        return problem.Length == 0 ? [settings] : throw new StartupException(AsOption(problem), isUsage: true);
    }

    // What is a key in a file is an option here, and each problem begins with its key.
    private static string AsOption(string problem) =>
        VsockSettings.Keys.Any(k => problem.StartsWith(k, StringComparison.Ordinal)) ? "--" + problem : "--groups: " + problem;

    private static VsockSettings Parse(string text) =>
        VsockText.Parse(text, out string problem) ?? throw new StartupException($"invalid value '{text}' for --vm: {problem}", isUsage: true);

    private static IReadOnlyList<VsockSettings> Load(string file)
    {
        try
        {
            return VsockFile.Load(file);
        }
        catch (YamlFileException problem)
        {
            throw new StartupException(problem.Message, isUsage: true);
        }
    }

    private void Check(CommandResult result)
    {
        Option? whole = IsGiven(result, _vm) ? _vm : IsGiven(result, _config) ? _config : null;
        if (IsGiven(result, _vm) && IsGiven(result, _config))
        {
            result.AddError("--vm and --config exclude each other: give one of them");
        }
        else if (whole is not null)
        {
            if (Array.Find([_common.SocketPath, _common.Fd, .. Single], o => IsGiven(result, o)) is { } other)
                result.AddError($"{other.Name} is for a single guest, and {whole.Name} says all about its guests: leave {other.Name} out");
        }
        else
        {
            CheckSingle(result);
        }
    }

    private void CheckSingle(CommandResult result)
    {
        if (IsGiven(result, _common.SocketPath) && IsGiven(result, _common.Fd))
            result.AddError("--socket and --fd exclude each other: give one of them");
        else if (!IsGiven(result, _common.SocketPath) && !IsGiven(result, _common.Fd) && ServiceManager.ListenFds() == 0)
            result.AddError("--socket PATH is missing (or --fd FDNUM, or --vm or --config)");
        if (IsGiven(result, _udsPath) && (IsGiven(result, _forwardCid) || IsGiven(result, _forwardListen)))
            result.AddError("--uds-path excludes --forward-cid and --forward-listen");
        else if (!IsGiven(result, _udsPath) && !IsGiven(result, _forwardCid))
            result.AddError("--uds-path PATH is missing (or --forward-cid CID): how programs of the host reach the guest");
    }

    private static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };
}
