// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Files;

/// <summary>The models by the names that board files use.</summary>
internal static class PartCatalogue
{
    /// <summary>What sits on an I²C bus.</summary>
    internal static IReadOnlyDictionary<string, PartModel> Devices { get; } = MakeDevices();

    /// <summary>What is only wired.</summary>
    internal static IReadOnlyDictionary<string, PartModel> Parts { get; } = new Dictionary<string, PartModel>
    {
        ["button"] = new(r => new Button(r.Board, r.RequiredName("button0"), r.Map.Choice("active", "low", "low", "high") == "high"), "active"),
        ["led"] = new(r => new Led(r.Board, r.RequiredName("led0"), r.Map.Choice("active", "high", "low", "high") == "low"), "active"),
        ["level"] = new(r => new Level(r.Board, r.RequiredName("level0"))),
        ["pull-up"] = new(r => new Pull(r.Board, r.RequiredName("pull0"), up: true)),
        ["pull-down"] = new(r => new Pull(r.Board, r.RequiredName("pull0"), up: false)),
    };

    private static Dictionary<string, PartModel> MakeDevices()
    {
        Dictionary<string, PartModel> models = new()
        {
            ["lm75"] = new(r => new Lm75(r.Board, r.Name, r.Address(0x48)), "address"),
            ["tmp102"] = new(r => new Tmp102(r.Board, r.Name, r.Address(0x48)), "address"),
            ["ds1307"] = new(r => new Ds1307(r.Board, r.Name, r.Address(0x68)), "address"),
            ["ina219"] = new(r => new Ina219(r.Board, r.Name, r.Address(0x40)), "address"),
            ["mpu6050"] = new(r => new Mpu6050(r.Board, r.Name, r.Address(0x68)), "address"),
            ["pcf8574"] = new(r => new Pcf8574(r.Board, r.Name, r.Address(0x20)), "address"),
        };
        foreach (EepromKind kind in EepromKind.All)
            models.Add(kind.Name, new PartModel(r => MakeEeprom(kind, r), "address", "content"));
        return models;
    }

    private static Eeprom MakeEeprom(EepromKind kind, PartRequest request)
    {
        string? file = request.Map.Text("content");
        Eeprom eeprom = new(request.Board, kind, request.Name, request.Address(0x50));
        if (file is null)
            return eeprom;
        try
        {
            using FileStream stream = File.OpenRead(Path.Combine(request.Folder, file));
            if (stream.Length > eeprom.Size)
                throw request.Map.WrongAt("content", $"{file} has {stream.Length} bytes, and a {kind.Name} {eeprom.Size}");
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            eeprom.Write(0, content);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw request.Map.WrongAt("content", $"{file} cannot be read");
        }

        return eeprom;
    }
}
