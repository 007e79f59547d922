// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.Can;
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>The section <c>can</c> of board files: controllers with the bus that each is on, and what is special about a bus.</summary>
internal sealed class CanPortKind() : PortKind("can", "a can controller", "controller", "can0")
{
    private const string BusKey = "bus";
    private const string RateKey = "bitrate";
    private const string BridgeKey = "bridge";
    private const string FilterKey = "filter";
    private const string DataRateKey = "data-bitrate";

    public override IReadOnlyList<string> Keys { get; } = [BusKey, FilterKey];

    public override string SharedNameKey => BusKey;

    public override IReadOnlyList<string> SharedKeys { get; } = [RateKey, DataRateKey, BridgeKey];

    public override IReadOnlyList<PartVerb> Verbs { get; } = [.. BoardCanBus.BusVerbs];

    public override IReadOnlyList<TraceFormat> Traces => CanTraces.Formats;

    public override IReadOnlyList<Command> Clients(TextSetting socket, string hint) => [new ReplayCommand(socket, hint)];

    public override void Build(PortRequest request)
    {
        string name = request.Map.Required(BusKey, "body");
        if (!name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw request.Map.WrongAt(BusKey, $"a bus cannot be called '{name}': letters, digits, - and _");
        BoardPart? part = request.Board.Find(name);
        if (part is not (null or BoardCanBus))
            throw request.Map.WrongAt(BusKey, $"'{name}' is a {part.Model} already: give the bus another name");
        BoardCanBus bus = part as BoardCanBus ?? new BoardCanBus(request.Board, name);
        string filter = request.Map.Text(FilterKey) ?? "";
        if (!CanFilters.TryParse(filter, out CanFilters? filters))
            throw request.Map.WrongAt(FilterKey, $"'{filter}' is no filter: {CanFilters.Forms}");
        _ = new BoardCanController(request.Board, request.Name, bus, filters);
    }

    public override void BuildShared(PortRequest request)
    {
        BoardCanBus bus = new(request.Board, request.Name, Rate(request.Map));
        if (request.Map.Text(BridgeKey) is { } outside)
            bus.JoinWith(outside);
    }

    private static CanBitRate? Rate(YamlMap map)
    {
        if (map.Text(RateKey) is not { } nominal)
            return map.Left.Contains(DataRateKey) ? throw map.WrongAt(DataRateKey, $"'{DataRateKey}' needs '{RateKey}' beside it") : null;
        if (nominal.Contains('/', StringComparison.Ordinal) || !CanBitRate.TryParse(nominal, out CanBitRate rate))
            throw map.WrongAt(RateKey, $"a bus cannot have {nominal} bits per second: 1k to 1M, such as 500k");
        if (map.Text(DataRateKey) is not { } data)
            return rate;
        return CanBitRate.TryParse($"{nominal}/{data}", out rate)
            ? rate
            : throw map.WrongAt(DataRateKey, $"the data of FD frames cannot have {data} bits per second: {nominal} to 8M, such as 2M");
    }
}
