// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Can.Ecu.IsoTp;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>The section <c>diagnostics</c> of an ECU: how testers reach it, and what it has for them.</summary>
internal sealed class DiagnosticsReader
{
    private const int MaxId = 0x1FFF_FFFF;
    private const int MaxMilliseconds = 600_000;

    private static readonly string[] s_keys =
    [
        "channels", "fd", "padding", "block-size", "separation", "obd", "vin", "calibration", "cvn", "ecu-name",
        "data", "routines", "security", "memory",
    ];

    private readonly PartRequest _request;
    private readonly Ecu _ecu;
    private readonly YamlMap _map;

    private DiagnosticsReader(PartRequest request, Ecu ecu, YamlMap map)
    {
        _request = request;
        _ecu = ecu;
        _map = map;
    }

    /// <exception cref="YamlFileException">Something of it makes no sense.</exception>
    internal static void Read(PartRequest request, Ecu ecu, YamlMap map)
    {
        DiagnosticsReader reader = new(request, ecu, map);
        reader.ReadChannels();
        reader.ReadObd();
        foreach (YamlMap each in map.Maps("data", "a data identifier"))
            reader.ReadData(each);
        foreach (YamlMap each in map.Maps("routines", "a routine"))
            reader.ReadRoutine(each);
        foreach (YamlMap each in map.Maps("security", "a level of security access"))
            reader.ReadLevel(each);
        foreach (YamlMap each in map.Maps("memory", "an area of memory"))
        {
            AccessRule download = Rule(each, "download", AccessRule.Programming), upload = Rule(each, "upload", AccessRule.Programming);
            ecu.Data.Areas.Add(MemoryReader.Read(request, each, download, upload));
        }

        map.End(s_keys);
    }

    private static AccessRule Rule(YamlMap map, string key, AccessRule otherwise)
    {
        if (map.Text(key) is not { } text)
            return otherwise;
        return AccessRule.TryParse(text) ?? throw map.WrongAt(key, $"'{key}' of {map.What} cannot be '{text}': {AccessRule.Example}");
    }

    private static bool IsOn(YamlMap map, string key) => map.Choice(key, "off", "on", "off") == "on";

    private static byte[] Hex(YamlMap map, string key, string text) =>
        text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw map.WrongAt(key, $"'{key}' of {map.What} cannot be '{text}': two hexadecimal digits for each byte, such as 01FF");

    private static long Milliseconds(YamlMap map, string key) => (map.Number(key, 0, MaxMilliseconds) ?? 0) * TimeSpan.TicksPerMillisecond;

    private void ReadChannels()
    {
        IsoTpSettings common = new()
        {
            Request = 0x7E0,
            Response = 0x7E8,
            Functional = 0x7DF,
            IsFd = IsOn(_map, "fd"),
            Padding = (byte)(_map.Number("padding", 0, 0xFF) ?? 0xCC),
            BlockSize = (byte)(_map.Number("block-size", 0, 0xFF) ?? 0),
            SeparationTime = (byte)(_map.Number("separation", 0, 0x7F) ?? 0),
        };
        bool any = false;
        foreach (YamlMap each in _map.Maps("channels", "a channel"))
        {
            _ecu.Answer(ReadChannel(each, common));
            any = true;
        }

        if (!any)
            _ecu.Answer(common);
    }

    private static IsoTpSettings ReadChannel(YamlMap map, IsoTpSettings common)
    {
        int request = map.Number("request", 0, MaxId) ?? throw map.Wrong("a channel needs 'request', such as 'request: 0x7E0'");
        int response = map.Number("response", 0, MaxId) ?? throw map.Wrong("a channel needs 'response', such as 'response: 0x7E8'");
        int? functional = map.Number("functional", 0, MaxId);
        string kind = map.Choice("addressing", "normal", "normal", "extended", "mixed");
        int? address = map.Number("address", 0, 0xFF), tester = map.Number("tester", 0, 0xFF);
        int? group = map.Number("functional-address", 0, 0xFF);
        map.End("request", "response", "functional", "addressing", "address", "tester", "functional-address");
        if (request == response)
            throw map.WrongAt("response", "a channel has one identifier for requests and another one for responses");
        if ((kind == "normal") != address is null)
            throw map.WrongAt("addressing", "a channel has 'address' if its addressing is extended or mixed, and only then");
        if (kind != "extended" && (tester ?? group) is not null)
            throw map.WrongAt("addressing", "only a channel with extended addressing has 'tester' and 'functional-address'");
        return common with
        {
            Request = (uint)request,
            Response = (uint)response,
            Functional = (uint?)functional,
            RequestAddress = (byte?)address,
            ResponseAddress = kind == "extended" ? (byte)(tester ?? 0xF1) : (byte?)address,
            FunctionalAddress = kind == "extended" ? (byte)(group ?? 0xDF) : (byte?)address,
        };
    }

    private void ReadObd()
    {
        if (_map.Inner("obd", "obd") is { } obd)
        {
            _ecu.Data.HasObd = true;
            foreach (string name in obd.Left.ToArray())
            {
                ObdValue kind = ObdValue.Find(name)
                    ?? throw obd.WrongAt(name, $"OBD-II has no value '{name}' here: {ObdValue.Names}");
                double value = EcuModels.Real(obd, name)!.Value;
                NumberParameter parameter = kind.Parameter(Math.Max(0, kind.Offset));
                CheckName(obd, name, name);
                if (!kind.Has(value))
                    throw obd.WrongAt(name, $"{name} cannot be {value}: {parameter.Accepts} {kind.Unit}".TrimEnd());
                _ecu.Data.Add(kind, _ecu.Parameter(kind.Parameter(value)));
            }
        }

        AddInfo("vin", 0x02, 17, isText: true, id: 0xF190);
        AddInfo("calibration", 0x04, 16, isText: true);
        AddInfo("cvn", 0x06, 4, isText: false);
        AddInfo("ecu-name", 0x0A, 20, isText: true);
    }

    private void AddInfo(string key, byte type, int size, bool isText, ushort id = 0)
    {
        if (_map.Text(key) is not { } text)
            return;
        StoredData info = new(id, AccessRule.Always, AccessRule.Never, new byte[size], isText);
        if (!info.TrySet(text) || (id != 0 && text.Length != size))
            throw _map.WrongAt(key, $"'{key}' cannot be '{text}': {(id != 0 ? "17 characters of ASCII" : info.Accepts)}");
        _ecu.Data.Infos.Add(new ObdInfo(type, info));
        if (id != 0)
            _ecu.Data.Identifiers.Add(info);
        Show(_map, key, key, info);
    }

    private void ReadData(YamlMap map)
    {
        int id = map.Number("id", 0, 0xFFFF) ?? throw map.Wrong("a data identifier needs 'id', such as 'id: 0xF18C'");
        if (_ecu.Data.Identifiers.Exists(d => d.Id == id))
            throw map.WrongAt("id", $"the data identifier 0x{id:X4} is there already");
        string name = map.Text("name") ?? $"did-{id:x4}";
        AccessRule read = Rule(map, "read", AccessRule.Always), write = Rule(map, "write", AccessRule.Never);
        long delay = Milliseconds(map, "delay");
        string? text = map.Text("text"), bytes = map.Text("bytes"), from = map.Text("from");
        if ((text is null ? 0 : 1) + (bytes is null ? 0 : 1) + (from is null ? 0 : 1) != 1)
            throw map.Wrong("a data identifier has 'text', 'bytes' (hexadecimal) or 'from' (a parameter)");
        if (from is null)
        {
            int size = map.Number("size", 1, 4000) ?? Math.Max(1, text?.Length ?? (bytes!.Length / 2));
            StoredData stored = new((ushort)id, read, write, new byte[size], text is not null) { Delay = delay };
            if (!stored.TrySet(text ?? bytes!))
                throw map.WrongAt(text is null ? "bytes" : "text", $"the data cannot be '{text ?? bytes}': {stored.Accepts}");
            _ecu.Data.Identifiers.Add(stored);
            Show(map, "name", name, stored);
            map.End("id", "name", "text", "bytes", "from", "size", "read", "write", "delay");
            return;
        }

        int length = map.Number("size", 1, 4) ?? 2;
        double factor = EcuModels.Real(map, "factor") ?? 1, offset = EcuModels.Real(map, "offset") ?? 0;
        if (factor == 0)
            throw map.WrongAt("factor", "a factor is not 0");
        ParameterData data = new((ushort)id, read, write, length, factor, offset) { Delay = delay };
        _ecu.Data.Identifiers.Add(data);
        _request.Later(() => data.Source = EcuModels.Find(_ecu, map, "from", from));
        map.End("id", "name", "text", "bytes", "from", "size", "factor", "offset", "read", "write", "delay");
    }

    private void ReadRoutine(YamlMap map)
    {
        int id = map.Number("id", 0, 0xFFFF) ?? throw map.Wrong("a routine needs 'id', such as 'id: 0xFF00'");
        if (_ecu.Data.Routines.Exists(r => r.Id == id))
            throw map.WrongAt("id", $"the routine 0x{id:X4} is there already");
        AccessRule rule = Rule(map, "allow", AccessRule.Extended);
        byte[] result = map.Text("result") is { } text ? Hex(map, "result", text) : [];
        _ecu.Data.Routines.Add(new Routine((ushort)id, rule, map.Number("takes", 0, 4000), result, Milliseconds(map, "time"))
        {
            Delay = Milliseconds(map, "delay"),
        });
        map.End("id", "allow", "takes", "result", "time", "delay");
    }

    private void ReadLevel(YamlMap map)
    {
        int level = map.Number("level", 1, AccessRule.MaxLevel)
            ?? throw map.Wrong("a level of security access needs 'level', such as 'level: 1'");
        int secret = map.Number("secret", 0, int.MaxValue)
            ?? throw map.Wrong("a level of security access needs 'secret', such as 'secret: 0x1A2B3C4D'");
        map.End("level", "secret");
        if (level % 2 == 0 || _ecu.Data.Levels.Exists(l => l.Level == level))
            throw map.WrongAt("level", "levels of security access are odd, and each is there once: 1, 3, 5");
        _ecu.Data.Levels.Add(new SecurityLevel(level, (uint)secret));
    }

    // What people see and set of stored data.
    private void Show(YamlMap map, string key, string name, StoredData data)
    {
        CheckName(map, key, name);
        data.Parameter = _ecu.Parameter(new TextParameter(name, "", () => data.Text, data.Accepts, data.TrySet));
    }

    private void CheckName(YamlMap map, string key, string name)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw map.WrongAt(key, $"'{name}' is no name: letters, digits, - and _");
        if (EcuModels.FindOwn(_ecu, name) is not null)
            throw map.WrongAt(key, $"{_ecu.Name} has a parameter '{name}' already");
    }
}
