// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Can;

/// <summary>can: interfaces of the host, or simulated buses.</summary>
public sealed class CanKind() : DeviceKind("can", 36, "CAN: interfaces of the host, or simulated buses")
{
    private static readonly SocketPlan s_sockets = SocketPlan.ByPartNumber("interface");

    private static readonly TextSetting s_list = new(
        "--can-devices", "-d", "NAMES", "One CAN interface of the host for each socket, with spaces between several: 'can0 can1'");

    private static readonly TextSetting s_simulated = new(
        "--simulate", null, "NAME[@RATE][:NAME...]",
        "One simulated bus for each socket instead: guests whose buses have the same name are on the same bus, a:a:b. With a bit rate, "
        + "a@500k or a@500k/2M (for the data of FD frames), frames take their time");

    private static readonly NumberSetting s_patience = new(
        "--send-timeout", null, "MS", "How long a frame waits for a bus that is busy before it fails",
        from: 1, to: 60_000, byDefault: 100, NumberUnit.Milliseconds);

    public override SocketPlan Sockets => s_sockets;

    private static readonly TextSetting s_filters = new(
        "--filter", null, "FILTERS[:FILTERS...]",
        "Frames that cross, for each socket or once for all: rx=123/7FF,tx=200/700 (to the guest, from it, both without; ID~MASK: all but those)");

    private static readonly FlagSetting s_late = new(
        "--late-ack", null,
        "Offer guests to acknowledge a frame when it was on the bus, and not when the interface has taken it (VIRTIO_CAN_F_LATE_TX_ACK)");

    private static readonly ListSetting s_bridges = new(
        "--bridge", null, "BUS=TO",
        "Join a simulated bus to an interface of the host, a=can0, or to a peer that speaks cannelloni's format over UDP, "
        + "a=udp:ADDRESS:PORT[:LOCALPORT]");

    public override IReadOnlyList<Setting> Settings =>
        [s_list, s_simulated, s_bridges, s_patience, s_filters, s_late, .. CanRecording.Settings];

    public override string UsualOptions => "--socket-path PATH --can-devices NAMES";

    public override string Example => "--socket-path /run/vm/can --can-devices can0";

    public override string? Problem(Values values) => values[s_late] && values.Has(s_simulated)
        ? $"{s_late.Name} is for interfaces of the host: simulated buses with a bit rate offer it anyway"
        : values[s_bridges].Count > 0 && !values.Has(s_simulated) ? $"{s_bridges.Name} is for simulated buses: give {s_simulated.Name} too"
        : values.Has(s_list) != values.Has(s_simulated) ? null
        : values.Has(s_list) ? $"{s_list.Name} and {s_simulated.Name} exclude each other: give one of them"
        : $"{s_list.Name} {s_list.Value} is missing: the host's CAN interfaces (or {s_simulated.Name} NAME: a simulated bus)";

    public override IReadOnlyList<CallRule> Calls(Values values) =>
        values.Has(s_simulated) && values[s_bridges].Count == 0 ? [] : SocketCanBus.Calls;

    public override Served Open(Opening at)
    {
        List<CanFilters?> filters = Filters(at);
        CanRecording recording = CanRecording.Open(at);
        List<ICanBus> buses = at[s_simulated] is { } names ? Simulated(at, names, recording) : Real(at, at[s_list]!, filters, recording);
        if (filters.Count > 1 && filters.Count != buses.Count)
            throw Opening.Wrong(s_filters, $": there are {filters.Count} for {buses.Count} sockets: give one for each, or one for all");
        TimeSpan patience = TimeSpan.FromMilliseconds(at[s_patience]);
        return new Served(socket =>
        {
            ICanBus bus = buses[socket.Index];
            CanStatistics statistics = new();
            at.Meter?.Add(socket.Name, CanCounterTable.Of(bus, statistics));
            CanFilters? filter = Of(filters, socket.Index);
            return () => new CanDevice(bus, statistics, patience, socket.Log, filter);
        })
        {
            Parts = [.. buses.Select(static b => b.Name)],
        };
    }

    private static List<CanFilters?> Filters(Opening at)
    {
        List<CanFilters?> filters = [];
        foreach (string text in at[s_filters]?.Split(':') ?? [])
        {
            if (!CanFilters.TryParse(text, out CanFilters? read))
                throw Opening.Wrong(s_filters, $": '{text}' is no filter: {CanFilters.Forms}");
            filters.Add(read);
        }

        return filters;
    }

    private static CanFilters? Of(List<CanFilters?> filters, int socket) => filters.Count switch
    {
        0 => null,
        1 => filters[0],
        _ => filters[socket],
    };

    private static List<ICanBus> Simulated(Opening at, string names, CanRecording recording)
    {
        Dictionary<string, CanBitRate?> rates = [];
        List<string> places = [];
        foreach (string place in names.Split(':'))
        {
            int mark = place.IndexOf('@', StringComparison.Ordinal);
            string name = mark < 0 ? place : place[..mark];
            if (name.Length == 0)
                throw Opening.Wrong(s_simulated, $" {names}: each bus has a name, with a colon between two");
            CanBitRate? rate = null;
            if (mark >= 0)
                rate = CanBitRate.TryParse(place[(mark + 1)..], out CanBitRate read) ? read
                    : throw Opening.Wrong(s_simulated, $" {names}: '{place[(mark + 1)..]}' is no bit rate: {CanBitRate.Forms}");
            // It is enough to say it once.
            if (rates.GetValueOrDefault(name) is { } said && rate is not null && said != rate)
                throw Opening.Wrong(s_simulated, $" {names}: the bus '{name}' has two bit rates, {said} and {rate}");
            rates[name] = rate ?? rates.GetValueOrDefault(name);
            places.Add(name);
        }

        Dictionary<string, SimulatedCanBus> buses =
            rates.ToDictionary(static r => r.Key, r => at.Owns(new SimulatedCanBus(r.Key, new Lock(), Watch(recording.Of(r.Key)), r.Value)));
        foreach (string text in at[s_bridges])
            Join(at, buses, text);
        return [.. places.Select(p => buses[p])];
    }

    private static void Join(Opening at, Dictionary<string, SimulatedCanBus> buses, string text)
    {
        int mark = text.IndexOf('=', StringComparison.Ordinal);
        if (mark < 0 || !buses.TryGetValue(text[..mark], out SimulatedCanBus? bus))
            throw Opening.Wrong(s_bridges, $" {text}: BUS=TO, and BUS is one of {string.Join(", ", buses.Keys)}");
        CanBridge bridge = at.Owns(CanBridge.Open(bus, text[(mark + 1)..], at.Log));
        bridge.Start();
        at.Begin(bridge.Begin);
    }

    private static SimulatedCanBus.Watching? Watch(Action<CanFrame>? tap) => tap is null ? null : (in CanFrame frame) => tap(frame);

    private static List<ICanBus> Real(Opening at, string names, List<CanFilters?> filters, CanRecording recording)
    {
        List<ICanBus> buses = [];
        foreach (string name in names.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            SocketCanOptions options = new()
            {
                ConfirmsSending = at[s_late],
                Filters = filters.Count > 1 && buses.Count >= filters.Count ? null : Of(filters, buses.Count),
                // Another guest of the interface sees the same frames.
                Watch = buses.Exists(b => b.Name == name) ? null : recording.Of(name),
            };
            buses.Add(at.Owns(SocketCanBus.Open(name, at.Log, options)));
        }

        return buses.Count > 0 ? buses : throw Opening.Wrong(s_list, " names no interface");
    }
}
