// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Models;

namespace VhostDevice.Devices.Boards.I2c;

/// <summary>The models of what sits on an I²C bus.</summary>
internal static class I2cModels
{
    internal static IReadOnlyList<PartModel> All { get; } =
    [
        Model("lm75", r => new Lm75(r.Board, r.Name, Address(r, 0x48))),
        Model("tmp102", r => new Tmp102(r.Board, r.Name, Address(r, 0x48))),
        Model("ds1307", r => new Ds1307(r.Board, r.Name, Address(r, 0x68))),
        Model("ina219", r => new Ina219(r.Board, r.Name, Address(r, 0x40))),
        Model("mpu6050", r => new Mpu6050(r.Board, r.Name, Address(r, 0x68))),
        Model("pcf8574", r => new Pcf8574(r.Board, r.Name, Address(r, 0x20))),
        .. EepromKind.All.Select(kind => Model(kind.Name, r => MakeEeprom(kind, r), "content")),
    ];

    private static PartModel Model(string name, Func<PartRequest, BoardPart> make, params string[] options) =>
        new(name, I2cPortKind.SectionName, make, options);

    private static int Address(PartRequest request, int otherwise) =>
        request.Map.Number(I2cPortKind.AddressKey, SimulatedI2cBus.FirstAddress, SimulatedI2cBus.LastAddress) ?? otherwise;

    private static Eeprom MakeEeprom(EepromKind kind, PartRequest request)
    {
        string? file = request.Map.Text("content");
        Eeprom eeprom = new(request.Board, kind, request.Name, Address(request, 0x50));
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
            throw request.Map.Unreadable("content", $"{file} cannot be read");
        }

        return eeprom;
    }
}
