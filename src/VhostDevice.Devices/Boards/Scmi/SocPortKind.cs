// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Scmi.Domains;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>The section <c>scmi</c> of board files: simulated SoCs, with what their agents control.</summary>
internal sealed class SocPortKind() : PortKind("scmi", "a soc", "soc", "soc0")
{
    private const double PerMilli = 1e3;
    private const double PerMicro = 1e6;
    private const double MostHertz = 1e12;
    private const double MostVolts = 1e3;
    private const double MostWatts = 1e6;
    private const int MostNameLength = 63;

    public override IReadOnlyList<string> Keys { get; } =
        ["agents", "clocks", "supplies", "resets", "power-domains", "performance", "power-caps", "sensors"];

    public override void Build(PortRequest request)
    {
        Board board = request.Board;
        Soc soc = new(board, request.Name, new SystemPart(board, request.Name));
        foreach (YamlMap map in request.Map.Maps("clocks", "a clock"))
        {
            ScmiSteps rates = Steps(map, "Hz", 1, MostHertz);
            long rate = (long)Value(map, "rate", rates.Least, rates.Most, rates.Least);
            soc.Clocks.Add(new ScmiClock(Name(map, "uart-clock"), rates, rate, On(map, "enabled")));
            _ = new ClockPart(board, soc.Clocks[^1]);
            map.End("name", "rate", "min", "max", "step", "enabled");
        }

        foreach (YamlMap map in request.Map.Maps("supplies", "a supply"))
        {
            ScmiSteps levels = Steps(map, "V", PerMicro, MostVolts);
            long level = (long)Math.Round(Value(map, "voltage", levels.Least / PerMicro, levels.Most / PerMicro, levels.Least / PerMicro) * PerMicro);
            soc.Supplies.Add(new ScmiVoltage(Name(map, "vdd"), levels, level, On(map, "on")));
            _ = new SupplyPart(board, soc.Supplies[^1]);
            map.End("name", "voltage", "min", "max", "step", "on");
        }

        foreach (YamlMap map in request.Map.Maps("resets", "a reset"))
        {
            soc.Resets.Add(new ScmiReset(Name(map, "uart-reset")));
            _ = new ResetPart(board, soc.Resets[^1]);
            map.End("name");
        }

        foreach (YamlMap map in request.Map.Maps("power-domains", "a power domain"))
        {
            soc.PowerDomains.Add(new ScmiPower(Name(map, "gpu"), On(map, "on")));
            _ = new PowerPart(board, soc.PowerDomains[^1]);
            map.End("name", "on");
        }

        foreach (YamlMap map in request.Map.Maps("performance", "a performance domain"))
        {
            soc.Performance.Add(new ScmiPerformance(Name(map, "cpu"), Points(map)));
            _ = new PerformancePart(board, soc.Performance[^1]);
            map.End("name", "points");
        }

        foreach (YamlMap map in request.Map.Maps("power-caps", "a power cap"))
        {
            ScmiSteps caps = Steps(map, "W", PerMilli, MostWatts);
            soc.PowerCaps.Add(new ScmiPowerCap(Name(map, "package"), caps));
            _ = new PowerCapPart(board, soc.PowerCaps[^1]);
            map.End("name", "min", "max", "step");
        }

        List<SocSensor> sensors = [];
        foreach (YamlMap map in request.Map.Maps("sensors", "a sensor"))
            sensors.Add(ReadSensor(map));
        List<SocAgent> agents = Agents(request, soc);
        request.Later(() => Finish(board, soc, sensors, agents));
    }

    // All parts are there.
    private static void Finish(Board board, Soc soc, List<SocSensor> sensors, List<SocAgent> agents)
    {
        foreach (SocSensor sensor in sensors)
        {
            if (soc.Has(sensor.Name))
                throw sensor.Map.WrongAt("name", $"the soc has a '{sensor.Name}' already");
            List<NumberParameter> shown = [];
            foreach (string name in sensor.Shown)
                shown.Add(Find(board, sensor.Map, name));
            soc.Sensors.Add(new BoardSensor(board, sensor.Name, sensor.IsVector, shown));
        }

        foreach (SocAgent agent in agents)
        {
            foreach (string denied in agent.Denied)
            {
                if (!soc.Has(denied))
                    throw agent.Map.WrongAt("denied", $"the soc has no '{denied}'");
            }
        }

        soc.Begin(agents);
    }

    private static List<SocAgent> Agents(PortRequest request, Soc soc)
    {
        List<SocAgent> agents = [];
        foreach (YamlMap map in request.Map.Maps("agents", "an agent"))
        {
            agents.Add(new SocAgent(map, Name(map, "linux"), On(map, "trusted"), [.. map.Words("denied", "the name of a resource")]));
            map.End("name", "trusted", "denied");
        }

        if (agents.Count == 0)
            agents.Add(new SocAgent(request.Map, request.Name, isTrusted: true, []));
        for (int i = 0; i < agents.Count; i++)
            _ = new SocPort(request.Board, agents[i].Name, soc, i);
        return agents;
    }

    private static SocSensor ReadSensor(YamlMap map)
    {
        string name = Name(map, "cpu-temp");
        List<string> axes = [.. map.Words("axes", "a parameter of a part")];
        if (axes.Count > 16)
            throw map.Wrong("a sensor has at most 16 axes");
        SocSensor sensor = new(map, name, axes.Count > 0 ? axes : [map.Required("of", "temp0.temperature")], axes.Count > 0);
        map.End("name", "of", "axes");
        return sensor;
    }

    private static NumberParameter Find(Board board, YamlMap map, string name) =>
        board.FindParameter(name) as NumberParameter
            ?? throw map.WrongAt("of", $"there is no number '{name}': write PART.PARAMETER, as 'board list' prints them");

    // Names are words of the control socket, and of files in guests.
    private static string Name(YamlMap map, string example)
    {
        string name = map.Required("name", example);
        return name.Length is > 0 and <= MostNameLength && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? name
            : throw map.WrongAt("name", $"'{name}' is no name: up to 63 letters, digits, - and _");
    }

    private static bool On(YamlMap map, string key) => map.Choice(key, "off", "off", "on") == "on";

    private static ScmiSteps Steps(YamlMap map, string unit, double scale, double most)
    {
        double least = Value(map, "min", 0, most, null), highest = Value(map, "max", 0, most, null);
        double step = Value(map, "step", 0, most, Math.Max((highest - least) / 100, 1 / scale));
        ScmiSteps steps = new((long)Math.Round(least * scale), (long)Math.Round(highest * scale), Math.Max((long)Math.Round(step * scale), 1));
        return steps.Least <= steps.Most ? steps : throw map.WrongAt("max", $"'max' of {map.What} is less than 'min', {least} {unit}");
    }

    private static double Value(YamlMap map, string key, double least, double most, double? otherwise)
    {
        string? text = otherwise is null ? map.Required(key, least.ToString(CultureInfo.InvariantCulture)) : map.Text(key);
        if (text is null)
            return otherwise!.Value;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : throw map.WrongAt(
                key, string.Create(CultureInfo.InvariantCulture, $"'{key}' of {map.What} cannot be '{text}': {least} to {most}"));
    }

    private static List<ScmiOperatingPoint> Points(YamlMap map)
    {
        const double MostMegahertz = 4e6;
        List<ScmiOperatingPoint> points = [];
        foreach (YamlMap point in map.Maps("points", "a point"))
        {
            double megahertz = Value(point, "mhz", 0, MostMegahertz, null);
            double power = Value(point, "power", 0, MostMegahertz, 0);
            point.End("mhz", "power");
            uint kilohertz = (uint)Math.Round(megahertz * PerMilli);
            points.Add(new ScmiOperatingPoint(kilohertz, (uint)Math.Round(power * PerMilli), kilohertz));
        }

        if (points.Count is 0 or > 64)
            throw map.Wrong("a performance domain has 1 to 64 'points', such as 'points: [{mhz: 500, power: 0.2}]'");
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i].Level <= points[i - 1].Level)
                throw map.Wrong("the points of a performance domain begin with the slowest, and each is faster than the one before");
        }

        return points;
    }
}
