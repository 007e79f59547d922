// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.CommandLine;
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Daemon;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;
using VhostDevice.Program.CommandLine;
using VhostDevice.Program.Vsock;

namespace VhostDevice.Program.Devices;

/// <summary><c>vhost-device vsock</c>.</summary>
internal sealed class VsockEntry : DeviceEntry
{
    private const ulong WantedDescriptors = 1 << 20;

    private bool _mayGrow;

    internal override string Name => "vsock";

    internal override string Description => "Sockets: a guest's AF_VSOCK, to programs of the host and to other guests";

    internal override string Usage => "--socket PATH --uds-path PATH [options]";

    internal override string Example => "--socket /run/vm/vsock.sock --uds-path /run/vm/vsock";

    // Each connection of a guest is a socket that is opened then.
    internal override void AllowCalls(SeccompFilter filter)
    {
        filter.AllowWhere(SystemCalls.socket, ArgumentCheck.Is(0, CallArguments.AF_UNIX), ArgumentCheck.Is(0, CallArguments.AF_VSOCK));
        filter.Allow(SystemCalls.connect, SystemCalls.shutdown, SystemCalls.getsockopt, SystemCalls.recvfrom);
        filter.AllowWhere(
            SystemCalls.setsockopt,
            ArgumentCheck.Is(2, CallArguments.SO_SNDBUF),
            ArgumentCheck.Is(2, CallArguments.SO_VM_SOCKETS_BUFFER_SIZE),
            ArgumentCheck.Is(2, CallArguments.SO_VM_SOCKETS_BUFFER_MAX_SIZE));
        if (_mayGrow)
            filter.Allow(SystemCalls.bind, SystemCalls.listen, SystemCalls.fchmodat, SystemCalls.fchownat);
    }

    internal override void Configure(Command command)
    {
        CommonOptions common = new(command, this, numbered: false, socketName: "--socket");
        VsockOptions options = new(command, common);
        Option<string?> control = new(ControlSocket.Option)
        {
            Description = "Listen here for 'vsock list', 'add' and 'remove', which change the guests of a running daemon",
            HelpName = "PATH",
        };
        command.Options.Add(control);
        Option<bool> apart = new("--loop-per-vm")
        {
            Description = "Serve each guest on a thread of its own; guests with a group in common share one",
            Arity = ArgumentArity.Zero,
        };
        command.Options.Add(apart);
        command.Validators.Add(result =>
        {
            if (result.GetValue(apart) && result.GetValue(control) is not null)
                result.AddError($"{apart.Name} and {ControlSocket.Option} exclude each other: a guest that comes later could connect guests of different threads");
        });
        foreach (Command request in VsockRequests.Create())
            command.Subcommands.Add(request);
        command.SetAction(result => Run(common, options, result, result.GetValue(control), result.GetValue(apart)));
    }

    private int Run(CommonOptions common, VsockOptions options, ParseResult result, string? controlPath, bool apart)
    {
        IReadOnlyList<VsockSettings> settings = options.Settings(result);
        StderrLogger log = common.Logger(result);
        // A connection is a descriptor here, and the usual limit is 1024.
        ulong descriptors = DescriptorLimit.Raise(WantedDescriptors);
        VsockPlace[] places = VsockPlace.Create(settings, apart);
        _mayGrow = controlPath is not null;
        ProcessSandbox sandbox = common.Sandbox(result, log);
        SocketAccess? access = common.Access(result);
        DeviceHosting hosting = new(log, common.Hosting(result) with { LoopOf = i => places[i].Loop }, sandbox);
        using VsockVms vms = new(places, descriptors, log);
        ControlSocket? control = null;
        try
        {
            return hosting.Run(
                () =>
                {
                    vms.Open(settings);
                    if (controlPath is not null)
                        control = ControlSocket.Open(controlPath, log, (EventLoop own, OwnedFd listener, out IDisposable? server) => Listen(own, listener, new VsockControl(own, places[0].Loop, vms, hosting, access, log), out server));
                    control?.Allow(sandbox);
                    vms.Allow(sandbox, _mayGrow);
                    return options.IsSingle(result)
                        ? OneOf(common.OpenSockets(result, path => [path]))
                        : OpenAll(settings, access);
                },
                (index, socketLog) => VsockVms.Maker(vms.All[index], socketLog),
                () => control?.Start());
        }
        finally
        {
            control?.Dispose();
        }
    }

    private static Errno Listen(EventLoop loop, OwnedFd listener, VsockControl handler, out IDisposable? server)
    {
        Errno errno = LineServer.Listen(loop, listener, handler, out LineServer? made);
        server = made;
        return errno;
    }

    private static IReadOnlyList<ListeningSocket> OneOf(IReadOnlyList<ListeningSocket> sockets)
    {
        if (sockets.Count == 1)
            return sockets;
        foreach (ListeningSocket socket in sockets)
            socket.Dispose();
        throw new StartupException($"one guest has one socket, and {sockets.Count} are handed over", isUsage: true);
    }

    private static List<ListeningSocket> OpenAll(IReadOnlyList<VsockSettings> settings, SocketAccess? access)
    {
        List<ListeningSocket> sockets = [];
        try
        {
            foreach (VsockSettings each in settings)
                sockets.Add(ListeningSocket.Create(each.Socket!, "socket", access));
            return sockets;
        }
        catch
        {
            foreach (ListeningSocket socket in sockets)
                socket.Dispose();
            throw;
        }
    }
}
