// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Input;
using VhostDevice.Devices.Boards.Serving;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Input;

/// <summary>input: devices of the host, or of a simulated board.</summary>
public sealed class InputKind() : DeviceKind("input", 18, "Keyboards, mice, touch screens: devices of the host, or simulated ones")
{
    private static readonly SocketPlan s_sockets = SocketPlan.ByPartNumber("device");

    private static readonly ListSetting s_list = new(
        "--event-list", "-e", "DEVICE[,DEVICE...]",
        "The host's input devices, a socket for each: paths such as /dev/input/by-id/..., or name:NAME; the host goes on getting their input");

    private static readonly TextSetting s_path = new(
        "--evdev-path", null, "DEVICE", "The same for one device, which is grabbed: the host gets none of its input while a guest uses it");

    private static readonly FlagSetting s_grab = new("--grab", null, "Grab the devices of --event-list as well");

    private static readonly FlagSetting s_noGrab = new("--no-grab", null, "Do not grab the device of --evdev-path");

    private static readonly ChoiceSetting s_toggle = new(
        "--grab-toggle", null, "KEYS", "Grab, and let these keys, pressed together, switch all devices between the guest and the host",
        GrabToggle.Names)
    {
        Unset = "no keys",
    };

    private static readonly BoardSettings s_board = new(s_list, "which devices the guest gets", "devices, a socket for each");

    public override IReadOnlyList<string> Capabilities => ["evdev-path", "no-grab"];

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_list, s_path, s_grab, s_noGrab, s_toggle, .. s_board.All];

    public override string UsualOptions => "--socket-path PATH --event-list DEVICE[,DEVICE...]";

    public override string Example => "--socket-path /run/vm/input --event-list /dev/input/event3,/dev/input/event4";

    public override string? Problem(Values values) =>
        values.Has(s_list) && values.Has(s_path) ? $"{s_list.Name} and {s_path.Name} exclude each other: give one of them"
        : values.Has(s_grab) && values.Has(s_noGrab) ? $"{s_grab.Name} and {s_noGrab.Name} exclude each other: give one of them"
        : values.Has(s_toggle) && values.Has(s_noGrab) ? $"{s_toggle.Name} grabs, and {s_noGrab.Name} forbids it: give one of them"
        : s_board.Problem(values, s_path);

    // The devices are open already; one that comes back after it was pulled out is opened again.
    public override IReadOnlyList<CallRule> Calls(Values values) =>
        values.Has(s_list) || values.Has(s_path) ? InputPlaces.Calls : [];

    public override Served Open(Opening at)
    {
        IReadOnlyList<IInputSource> sources = s_board.Open(at) is { } board ? board.PortsOf<InputPort>() : Real(at);
        return new Served(socket =>
        {
            IInputSource source = sources[socket.Index];
            InputStatistics statistics = new();
            at.Meter?.Add(socket.Name, statistics.Counters(source.Label));
            return () => new InputDevice(source, statistics);
        })
        {
            Parts = [.. sources.Select(static s => s.Label)],
        };
    }

    private static List<IInputSource> Real(Opening at)
    {
        IEnumerable<string> places = at[s_path] is { } one
            ? [one]
            : at[s_list].SelectMany(static l => l.Split(',', StringSplitOptions.RemoveEmptyEntries));
        GrabToggle? toggle = at[s_toggle] is { } keys ? new GrabToggle(keys) : null;
        bool isGrabbed = at[s_grab] || toggle is not null || (at[s_path] is not null && !at[s_noGrab]);
        List<IInputSource> sources = [];
        foreach (string place in places)
        {
            (Errno errno, IInputNode? node) = InputPlaces.Open(place);
            if (errno.IsError)
                throw new StartupException(InputPlaces.Explain(place, errno));
            sources.Add(at.Owns(new EvdevSource(place, () => InputPlaces.Open(place), node!, isGrabbed, toggle, at.Log)));
            at.AllowFolder(FolderOf(place), FolderRights.ReadFiles | FolderRights.WriteFiles | FolderRights.ControlDevices);
        }

        return sources.Count > 0 ? sources : throw Opening.Wrong(s_list, " names no device");
    }

    // Where the node is, which a link elsewhere leads to.
    private static string FolderOf(string place)
    {
        if (place.StartsWith(InputPlaces.NamePrefix, StringComparison.Ordinal))
            return InputPlaces.Folder;
        string path = Path.GetFullPath(place);
        return Path.GetDirectoryName(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path) ?? InputPlaces.Folder;
    }
}
