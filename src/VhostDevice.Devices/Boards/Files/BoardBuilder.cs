// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>Makes a board from the document of its file.</summary>
/// <remarks>
/// It walks the document's nodes, which know their lines, instead of having them turned into objects: most mistakes are
/// not of syntax (a name that nothing has, an address that is taken), and they, too, are reported where they were made.
/// </remarks>
/// <param name="folder">What paths in the file start from.</param>
internal sealed class BoardBuilder(Board board, BoardCatalogue catalogue, string folder)
{
    private readonly List<Action> _later = [];

    internal Board Board => board;

    internal string Folder => folder;

    internal void AddLater(Action action) => _later.Add(action);

    internal void Build(YamlMap root)
    {
        board.KnownVerbs = catalogue.Verbs;
        foreach (PortKind kind in catalogue.Ports)
        {
            ILookup<bool, YamlMap> maps = root.Maps(kind.Section, kind.What).ToLookup(m => IsShared(kind, m));
            foreach (YamlMap map in maps[true])
                BuildPort(kind, map, kind.SharedNameKey!, kind.SharedKeys, kind.BuildShared);
            foreach (YamlMap map in maps[false])
                BuildPort(kind, map, kind.NameKey, kind.Keys, kind.Build);
        }

        foreach (YamlMap map in root.Maps("parts", "a part"))
            _ = BuildPart(map, port: null);
        foreach (Action action in _later)
            action();
        foreach (YamlNode node in root.List("wires"))
            Connect(root, node);
        root.End(["board", .. catalogue.Ports.Select(p => p.Section), "parts", "wires"]);
        if (board.Ports.Count == 0)
        {
            string kinds = string.Join(" or ", catalogue.Ports.Select(p => WithoutArticle(p.What)));
            throw root.Wrong($"a board has at least one {kinds}");
        }
    }

    /// <summary>Makes a part.</summary>
    /// <param name="port">The kind of port that it is on; null: on none.</param>
    /// <param name="attach">Puts it in its place.</param>
    internal BoardPart BuildPart(YamlMap map, PortKind? port, Action<BoardPart, YamlMap>? attach = null)
    {
        PartModel[] models = [.. catalogue.Models.Where(m => m.Bus == port?.Section)];
        string model = map.Required("model", models.Length > 0 ? models[0].Name : "x");
        PartModel known = Array.Find(models, m => m.Name == model)
            ?? throw map.WrongAt("model", $"there is no model '{model}' here: {string.Join(", ", models.Select(m => m.Name))}");
        map = map.Renamed(model);
        string? name = map.Text("name");
        if (name is not null)
            CheckName(map, "name", name);
        string? place = port?.PlaceKey;
        BoardPart? part = null;
        string blamed = name is null && place is not null ? place : "name";
        Try(map, blamed, () => part = known.Make(new PartRequest(this, name, map)));
        if (attach is not null)
            Try(map, place ?? "model", () => attach(part!, map));
        foreach (string key in map.Left.ToArray())
        {
            // "connected" and its like are parameters as well.
            if (part!.Parameters.FirstOrDefault(p => p.Name == key && p.Accepts is not null) is { } parameter
                && parameter.TrySet(map.Text(key)!) is { } problem)
                throw map.WrongAt(key, problem);
        }

        string[] places = place is null ? [] : [place];
        IEnumerable<string> settable = part!.Parameters.Where(p => p.Accepts is not null).Select(p => p.Name);
        map.End(["name", .. places, .. known.Options, .. settable]);
        return part;
    }

    private void BuildPort(PortKind kind, YamlMap map, string nameKey, IReadOnlyList<string> keys, Action<PortRequest> build)
    {
        string name = map.Required(nameKey, kind.ExampleName);
        CheckName(map, nameKey, name);
        Try(map, nameKey, () => build(new PortRequest(this, kind, name, map)));
        map.End([nameKey, .. keys]);
    }

    private static bool IsShared(PortKind kind, YamlMap map) =>
        kind.SharedNameKey is { } key && map.Left.Contains(key) && !map.Left.Contains(kind.NameKey);

    private void Connect(YamlMap root, YamlNode node)
    {
        if (node is not YamlList { Items.Count: >= 2 } wire)
            throw root.WrongAt(node, "a wire is a list of two pins or more, such as [gpio0.0, button0]");
        Pin? first = null;
        foreach (YamlNode end in wire.Items)
        {
            string name = root.Scalar(end, "a pin");
            Pin pin = board.FindPin(name) ?? throw root.WrongAt(end, NoPin(name));
            if (first is null)
                first = pin;
            else
                board.Nets.Connect(first, pin);
        }
    }

    private string NoPin(string name)
    {
        string owner = name.Split('.')[0];
        if (board.FindPort(owner) is { HasPins: true } port)
            return $"there is no {port.PinNoun} '{name}': {port.PinNames}";
        if ((board.Find(name) ?? board.Find(owner)) is { } part)
        {
            return part.Pins.Count == 0
                ? $"{part.Name} has no pins"
                : $"there is no pin '{name}': {string.Join(", ", part.Pins.Select(p => p.FullName))}";
        }

        IEnumerable<string> ofPorts = board.Ports.Where(p => p.HasPins)
            .GroupBy(p => $"a {p.PinNoun} of a {p.Noun}", p => p.PinExample)
            .Select(g => $"{g.Key} ({string.Join(", ", g)})");
        IEnumerable<string> ofParts = board.Parts.Where(p => p.Pins.Count > 0).Select(p => p.Pins[0].FullName);
        string some = string.Join(" or ", [.. ofPorts, $"a pin of a part ({string.Join(", ", ofParts)})"]);
        return $"there is no pin '{name}': {some}";
    }

    private static string WithoutArticle(string what) => what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    // Names are words of the control socket and parts of the names of pins and files.
    private static void CheckName(YamlMap map, string key, string name)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw map.WrongAt(key, $"'{name}' is no name: letters, digits, - and _");
    }

    private static void Try(YamlMap map, string key, Action action)
    {
        try
        {
            action();
        }
        catch (BoardException problem)
        {
            throw map.WrongAt(key, problem.Message);
        }
    }
}
