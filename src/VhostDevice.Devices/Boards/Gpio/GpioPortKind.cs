// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Gpio;

/// <summary>The section <c>gpio</c> of board files.</summary>
internal sealed class GpioPortKind() : PortKind("gpio", "a gpio chip", "chip", "gpio0")
{
    public override IReadOnlyList<string> Keys { get; } = ["lines", "count"];

    public override void Build(PortRequest request)
    {
        YamlMap map = request.Map;
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
        _ = new SimulatedGpioChip(request.Board, request.Name, lines);
    }
}
