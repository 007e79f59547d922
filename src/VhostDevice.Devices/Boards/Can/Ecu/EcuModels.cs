// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Can.Ecu.Dbc;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>Makes control units from what board files say of them. docs/ecus.md describes what can be written.</summary>
internal static class EcuModels
{
    private const string BusKey = "bus";
    private const string DbcKey = "dbc";
    private const string SendsKey = "sends";
    private const string ReceivesKey = "receives";
    private const string LinksKey = "links";
    private const string DiagnosticsKey = "diagnostics";

    private const int MaxDbcBytes = 8 << 20;
    private const int MaxNames = 20; // in a message for people
    private const int MaxCycleMilliseconds = 3_600_000;

    internal static IReadOnlyList<PartModel> All { get; } =
    [
        new("ecu", null, Make, BusKey, DbcKey, SendsKey, ReceivesKey, LinksKey, DiagnosticsKey),
    ];

    /// <summary>A number of a board file; null when the key is not there.</summary>
    internal static double? Real(YamlMap map, string key)
    {
        if (map.Text(key) is not { } text)
            return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw map.WrongAt(key, $"'{key}' of {map.What} cannot be '{text}': a number");
    }

    /// <summary>A parameter by its part's name and its own, or by its own alone if it is one of this ECU.</summary>
    internal static BoardParameter Find(Ecu ecu, YamlMap map, string key, string name) =>
        FindOwn(ecu, name)
        ?? ecu.Board.FindParameter(name)
        ?? throw map.WrongAt(key, $"there is no parameter '{name}': write a part and its parameter, such as temp0.temperature");

    /// <summary>A parameter of the ECU; null when it has none of that name.</summary>
    internal static BoardParameter? FindOwn(Ecu ecu, string name)
    {
        foreach (BoardParameter parameter in ecu.Parameters)
        {
            if (parameter.Name == name)
                return parameter;
        }

        return null;
    }

    private static Ecu Make(PartRequest request)
    {
        YamlMap map = request.Map;
        string name = request.RequiredName("engine");
        string busName = map.Required(BusKey, "body");
        if (request.Board.Find(busName) is not BoardCanBus bus)
        {
            List<string> names = [];
            foreach (BoardPart part in request.Board.Parts)
            {
                if (part is BoardCanBus)
                    names.Add(part.Name);
            }

            string buses = string.Join(", ", names);
            throw map.WrongAt(BusKey, buses.Length > 0
                ? $"there is no CAN bus '{busName}': {buses}"
                : $"there is no CAN bus '{busName}': write 'can: [{{controller: can0, bus: {busName}}}]'");
        }

        Ecu ecu = new(request.Board, name, bus);
        AddMessages(request, ecu);
        if (map.Inner(DiagnosticsKey, "diagnostics") is { } diagnostics)
            DiagnosticsReader.Read(request, ecu, diagnostics);
        if (map.Inner(LinksKey, "links") is { } links)
            request.Later(() => Link(ecu, links));
        return ecu;
    }

    private static void AddMessages(PartRequest request, Ecu ecu)
    {
        YamlMap map = request.Map;
        string? path = map.Text(DbcKey);
        YamlNode[] sends = [.. map.List(SendsKey)], receives = [.. map.List(ReceivesKey)];
        if (path is null)
        {
            if (sends.Length + receives.Length == 0)
                return;
            string key = sends.Length > 0 ? SendsKey : ReceivesKey;
            throw map.WrongAt(key, "messages are described by a file: write such as 'dbc: car.dbc'");
        }

        DbcFile file = Load(Path.Combine(request.Folder, path), map, path);
        List<DbcMessage> all = [];
        List<TimeSpan> cycles = [];
        foreach (YamlNode node in sends)
        {
            all.Add(ReadSent(map, file, node, out TimeSpan cycle));
            cycles.Add(cycle);
        }

        foreach (YamlNode node in receives)
            all.Add(FindMessage(file, map, node, map.Scalar(node, "a message")));
        HashSet<string> messages = [], once = [], shared = [BusKey, DbcKey, SendsKey, ReceivesKey, LinksKey, DiagnosticsKey, "model", "name"];
        foreach (BoardParameter parameter in ecu.Parameters)
            _ = shared.Add(parameter.Name);
        foreach (DbcMessage message in all)
        {
            if (!messages.Add(message.Name))
                throw map.WrongAt(SendsKey, $"the message {message.Name} is here twice");
            foreach (DbcSignal signal in message.Signals)
            {
                if (!once.Add(signal.Name))
                    _ = shared.Add(signal.Name);
            }
        }

        for (int i = 0; i < all.Count; i++)
        {
            DbcMessage message = all[i];
            SentMessage? sending = i < cycles.Count ? ecu.Send(message, cycles[i]) : null;
            HeardMessage? hearing = sending is null ? ecu.Hear(message) : null;
            foreach (DbcSignal signal in message.Signals)
            {
                string name = shared.Contains(signal.Name) ? $"{message.Name}-{signal.Name}" : signal.Name;
                SignalParameter parameter = ecu.Parameter(
                    new SignalParameter(name, signal, sending is null ? null : () => ecu.OnChanged(sending)));
                sending?.Add(parameter);
                hearing?.Add(parameter);
            }
        }
    }

    // "EngineData", or {message: EngineData, every: 20}.
    private static DbcMessage ReadSent(YamlMap map, DbcFile file, YamlNode node, out TimeSpan cycle)
    {
        if (node is YamlScalar scalar)
        {
            DbcMessage message = FindMessage(file, map, node, scalar.Value);
            cycle = message.Cycle ?? TimeSpan.Zero;
            return message;
        }

        YamlMap entry = map.Map(node, "a message that is sent");
        DbcMessage named = FindMessage(file, map, node, entry.Required("message", "EngineData"));
        int? every = entry.Number("every", 0, MaxCycleMilliseconds);
        entry.End("message", "every");
        cycle = every is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : named.Cycle ?? TimeSpan.Zero;
        return named;
    }

    private static DbcMessage FindMessage(DbcFile file, YamlMap map, YamlNode node, string name)
    {
        if (file.Find(name) is { } message)
            return message;
        List<string> some = [];
        for (int i = 0; i < Math.Min(file.Messages.Count, MaxNames); i++)
            some.Add(file.Messages[i].Name);
        throw map.WrongAt(node, $"the DBC file has no message '{name}': {string.Join(", ", some)}");
    }

    private static DbcFile Load(string path, YamlMap map, string name)
    {
        byte[] bytes = YamlText.ReadBytes(path, "the DBC file", MaxDbcBytes, "there is none");
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            // Most tools write the characters of Windows.
            text = Encoding.Latin1.GetString(bytes);
        }

        try
        {
            return DbcReader.Read(path, text);
        }
        catch (DbcException problem)
        {
            throw map.WrongAt(DbcKey, $"{name} cannot be used: {problem.Message}");
        }
    }

    // Each parameter follows the one that is named behind it.
    private static void Link(Ecu ecu, YamlMap links)
    {
        foreach (string key in links.Left.ToArray())
        {
            if (FindOwn(ecu, key) is not { } target || !ParameterLink.CanFollow(target))
            {
                List<string> able = [];
                foreach (BoardParameter parameter in ecu.Parameters)
                {
                    if (ParameterLink.CanFollow(parameter))
                        able.Add(parameter.Name);
                }

                throw links.WrongAt(key, $"{ecu.Name} has no parameter '{key}' that can follow another one: {string.Join(", ", able)}");
            }

            string name = links.Text(key)!;
            BoardParameter source = Find(ecu, links, key, name);
            if (source == target)
                throw links.WrongAt(key, $"'{key}' cannot follow itself");
            lock (ecu.Board.Gate)
                _ = new ParameterLink(ecu.Board, source, target);
        }
    }
}
