// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Vsock.Settings;
using VhostDevice.Devices.Vsock.Vms;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Vsock;

/// <summary>vsock: a guest's AF_VSOCK, connected with sockets of the host and with other guests.</summary>
public sealed class VsockKind() : DeviceKind(
    "vsock", 19, "Sockets: a guest's AF_VSOCK, to programs of the host and to other guests")
{
    private const ulong WantedDescriptors = 1 << 20;

    private static readonly SocketPlan s_sockets = SocketPlan.Own(VsockGuestSettings.Socket);

    private static readonly TextSetting s_control = new(
        ControlSocket.Option, null, "PATH",
        "Listen here for 'vsock list', 'add' and 'remove', which change the guests of a running daemon");

    private static readonly FlagSetting s_apart = new(
        "--loop-per-vm", null,
        "Serve each guest on a thread of its own; guests with a group in common share one");

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [.. VsockGuestSettings.All, s_control, s_apart];

    public override IReadOnlyList<ControlVerb> Verbs => VsockControl.Verbs;

    public override string UsualOptions => "--socket PATH --uds-path PATH";

    public override string Example => "--socket /run/vm/vsock.sock --uds-path /run/vm/vsock";

    public override string? Problem(Values values) => values.Has(s_apart) && values.Has(s_control)
        ? $"{s_apart.Name} and {s_control.Name} exclude each other: a guest that comes later could connect guests of different threads"
        : VsockGuestSettings.Problem(values, s_sockets);

    // Each connection of a guest is a socket that is opened then.
    public override IReadOnlyList<CallRule> Calls(Values values) =>
    [
        new(SystemCalls.socket, ArgumentCheck.Is(0, CallArguments.AF_UNIX), ArgumentCheck.Is(0, CallArguments.AF_VSOCK)),
        .. CallRule.Any(SystemCalls.connect, SystemCalls.shutdown, SystemCalls.getsockopt, SystemCalls.recvfrom),
        new(
            SystemCalls.setsockopt,
            ArgumentCheck.Is(2, CallArguments.SO_SNDBUF),
            ArgumentCheck.Is(2, CallArguments.SO_VM_SOCKETS_BUFFER_SIZE),
            ArgumentCheck.Is(2, CallArguments.SO_VM_SOCKETS_BUFFER_MAX_SIZE)),
        .. values.Has(s_control) ? CallRule.Any(SystemCalls.bind, SystemCalls.listen, SystemCalls.fchmodat, SystemCalls.fchownat) : [],
    ];

    public override Served Open(Opening at)
    {
        IReadOnlyList<VsockSettings> settings = VsockGuestSettings.Of(at.Values);
        // A connection is a descriptor here, and the usual limit is 1024.
        ulong descriptors = DescriptorLimit.Raise(WantedDescriptors);
        VsockPlace[] places = VsockPlace.Create(settings, at[s_apart]);
        VsockVms vms = at.Owns(new VsockVms(places, descriptors, at.Log));
        at.WithSockets(() =>
        {
            vms.Open(settings);
            vms.Allow(at, mayGrow: at.Values.Has(s_control));
        });
        if (at[s_control] is { } path)
        {
            VsockControl control = new(vms, at.Log);
            at.Begin(control.Serve);
            at.Listen(path, control.Run);
        }

        return new Served(socket => VsockVms.Maker(vms.All[socket.Index], socket.Log))
        {
            LoopOf = i => places[i].Loop,
            Paths = VsockGuestSettings.IsSingle(at.Values) ? null : [.. settings.Select(static s => s.Socket!)],
        };
    }
}
