// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Boards.Peripherals;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>Reads boards from YAML. docs/boards.md describes what can be written.</summary>
/// <remarks>
/// It walks the document's nodes, which know their lines, instead of having them turned into objects: most mistakes are
/// not of syntax (a name that nothing has, an address that is taken), and they, too, are reported where they were made.
/// </remarks>
public sealed class BoardFile
{
    /// <summary>The name of the board that is built in.</summary>
    public const string DemoName = "demo";

    /// <summary>No board needs more; a file that goes on is the wrong one.</summary>
    private const int MaxBytes = 1 << 20;

    private readonly string _folder;
    private readonly Board _board;

    private BoardFile(string folder, Board board)
    {
        _folder = folder;
        _board = board;
    }

    /// <summary>The text of the built-in board, which is an example of all that can be written.</summary>
    public static string DemoText
    {
        get
        {
            using Stream stream = typeof(BoardFile).Assembly.GetManifestResourceStream("demo.yaml")!;
            using StreamReader reader = new(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Makes a board from a file, or the built-in one.</summary>
    /// <param name="path">A path, or <see cref="DemoName"/>.</param>
    /// <exception cref="YamlFileException">It cannot be read or makes no board.</exception>
    public static Board Load(string path, TimeProvider? time = null, ILogger? log = null)
    {
        if (path == DemoName)
            return Parse(DemoText, "the demo board", "", time, log);
        string text;
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > MaxBytes)
                throw new YamlFileException($"{path} is no board file: it has {stream.Length} bytes");
            using StreamReader reader = new(stream);
            text = reader.ReadToEnd();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new YamlFileException($"the board file {path} cannot be read: {(File.Exists(path) ? "no permission, or no ordinary file" : $"there is none; '{DemoName}' is the built-in board")}");
        }

        return Parse(text, path, Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", time, log);
    }

    /// <summary>Makes a board from the text of a file.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="folder">What paths in the text start from.</param>
    /// <exception cref="YamlFileException">The text makes no board.</exception>
    public static Board Parse(string text, string file, string folder, TimeProvider? time = null, ILogger? log = null)
    {
        using StringReader reader = new(text);
        YamlMap root = new(file, YamlReader.Read(file, reader), "a board");
        Board board = new(root.Text("board") ?? "board", time, log);
        try
        {
            new BoardFile(folder, board).Build(root);
            return board;
        }
        catch
        {
            board.Dispose();
            throw;
        }
    }

    private void Build(YamlMap root)
    {
        foreach (YamlNode node in root.List("i2c"))
            BuildBus(root.Map(node, "an i2c bus"));
        foreach (YamlNode node in root.List("gpio"))
            BuildChip(root.Map(node, "a gpio chip"));
        foreach (YamlNode node in root.List("parts"))
            _ = BuildPart(root.Map(node, "a part"), PartCatalogue.Parts);
        foreach (YamlNode node in root.List("wires"))
            Connect(root, node);
        root.End("board", "i2c", "gpio", "parts", "wires");
        if (_board.Buses.Count == 0 && _board.Chips.Count == 0)
            throw root.Wrong("a board has at least one i2c bus or gpio chip");
    }

    private void BuildBus(YamlMap map)
    {
        string name = map.Required("bus", "i2c0");
        CheckName(map, "bus", name);
        SimulatedI2cBus bus = new(_board, name);
        foreach (YamlNode node in map.List("devices"))
        {
            YamlMap device = map.Map(node, "a device");
            BoardPart part = BuildPart(device, PartCatalogue.Devices);
            Try(device, "address", () => bus.Attach((II2cPeripheral)part));
        }

        map.End("bus", "devices");
    }

    private void BuildChip(YamlMap map)
    {
        string name = map.Required("chip", "gpio0");
        CheckName(map, "chip", name);
        int? count = map.Number("count", 1, SimulatedGpioChip.MaxLines);
        List<string> lines = [];
        foreach (YamlNode node in map.List("lines"))
        {
            string line = map.Scalar(node, "the name of a line");
            if (line.Length > 0 && lines.Contains(line))
                throw map.WrongAt(node, $"the chip has a line '{line}' already");
            if (line.Any(c => c is < ' ' or > '~'))
                throw map.WrongAt(node, "the name of a line has only ASCII characters");
            lines.Add(line);
        }

        if (count is null && lines.Count == 0)
            throw map.Wrong("a gpio chip needs 'lines', such as 'lines: [button0, led0]', or 'count: 8'");
        if (count < lines.Count)
            throw map.WrongAt("count", $"'count' of a gpio chip is {count}, and it has {lines.Count} lines");
        while (lines.Count < count)
            lines.Add("");
        _ = new SimulatedGpioChip(_board, name, lines);
        map.End("chip", "lines", "count");
    }

    private BoardPart BuildPart(YamlMap map, IReadOnlyDictionary<string, PartModel> models)
    {
        string model = map.Required("model", models.Keys.First());
        if (!models.TryGetValue(model, out PartModel? known))
            throw map.WrongAt("model", $"there is no model '{model}' here: {string.Join(", ", models.Keys)}");
        map = map.Renamed(model);
        string? name = map.Text("name");
        if (name is not null)
            CheckName(map, "name", name);
        BoardPart? part = null;
        Try(map, name is null ? "address" : "name", () => part = known.Make(new PartRequest(_board, name, map, _folder)));
        foreach (string key in map.Left.ToArray())
        {
            // "connected" and its like are parameters as well.
            if (part!.Parameters.FirstOrDefault(p => p.Name == key && p.Accepts is not null) is { } parameter
                && parameter.TrySet(map.Text(key)!) is { } problem)
                throw map.WrongAt(key, problem);
        }

        map.End(["name", .. known.Options, .. part!.Parameters.Where(p => p.Accepts is not null).Select(p => p.Name)]);
        return part;
    }

    private void Connect(YamlMap root, YamlNode node)
    {
        if (node is not YamlList { Items.Count: >= 2 } wire)
            throw root.WrongAt(node, "a wire is a list of two pins or more, such as [gpio0.0, button0]");
        Pin? first = null;
        foreach (YamlNode end in wire.Items)
        {
            string name = root.Scalar(end, "a pin");
            Pin pin = _board.FindPin(name) ?? throw root.WrongAt(end, NoPin(name));
            if (first is null)
                first = pin;
            else
                _board.Nets.Connect(first, pin);
        }
    }

    private string NoPin(string name)
    {
        string owner = name.Split('.')[0];
        if (_board.Chips.FirstOrDefault(c => c.Name == owner) is { } chip)
            return $"there is no line '{name}': {LinesOf(chip)}";
        if ((_board.Find(name) ?? _board.Find(owner)) is { } part)
        {
            return part.Pins.Count == 0
                ? $"{part.Name} has no pins"
                : $"there is no pin '{name}': {string.Join(", ", part.Pins.Select(p => p.FullName))}";
        }

        return $"there is no pin '{name}': a line of a chip ({string.Join(", ", _board.Chips.Select(c => c.Name + ".0"))}) or a pin of a part ({string.Join(", ", _board.Parts.Where(p => p.Pins.Count > 0).Select(p => p.Pins[0].FullName))})";
    }

    private static string LinesOf(SimulatedGpioChip chip)
    {
        const int few = 16;
        string all = chip.LineCount == 1 ? $"the chip has one line, {chip.Name}.0" : $"{chip.Name}.0 to {chip.Name}.{chip.LineCount - 1}";
        List<string> named = [];
        for (int i = 0; i < chip.LineCount; i++)
        {
            if (chip.LineName(i).Length > 0)
                named.Add($"{chip.Name}.{chip.LineName(i)}");
        }

        return named.Count is 0 or > few ? all : $"{all}, or by name: {string.Join(", ", named)}";
    }

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
