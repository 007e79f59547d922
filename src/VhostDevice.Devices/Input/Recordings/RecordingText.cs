// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Input.Recordings;

/// <summary>Writes recordings as evemu and libinput record do, so that evemu-play and libinput replay take them.</summary>
internal static class RecordingText
{
    private const int BytesPerLine = 8;

    /// <summary>What comes before the events.</summary>
    internal static void Begin(StringBuilder text, InputDescription device, bool isLibinput)
    {
        if (isLibinput)
            BeginLibinput(text, device);
        else
            BeginEvemu(text, device);
    }

    /// <param name="microseconds">Since the start, 0 or more.</param>
    internal static void Add(StringBuilder text, long microseconds, in InputEvent value, bool isLibinput)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        long seconds = microseconds / 1_000_000, rest = microseconds % 1_000_000;
        if (isLibinput)
            text.Append(culture, $"    - [{seconds,3}, {rest,6}, {value.Type,3}, {value.Code,3}, {value.Value,7}]\n");
        else
            text.Append(culture, $"E: {seconds}.{rest:d6} {value.Type:x4} {value.Code:x4} {value.Value:d4}\n");
    }

    private static void BeginEvemu(StringBuilder text, InputDescription device)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        text.Append("# EVEMU 1.3\n");
        text.Append(culture, $"N: {OneLine(device.Name)}\nI: {device.Bus:x4} {device.Vendor:x4} {device.Product:x4} {device.Version:x4}\n");
        Bitmap(text, "P:", device.Properties, 1);
        // The types, and what the kernel says of the synchronisation itself.
        text.Append("B: 00 0b 00 00 00 00 00 00 00\n");
        for (int type = 1; type < InputTypes.Count; type++)
        {
            if (device.Has(type))
                Bitmap(text, string.Create(culture, $"B: {type:x2}"), device.Codes(type), LinesOf(type));
        }

        for (int code = 0; code < InputCodes.AxisCount; code++)
        {
            if (!device.Has(InputTypes.Absolute, code))
                continue;
            EvdevAxis axis = device.Axis(code);
            text.Append(culture, $"A: {code:x2} {axis.Minimum} {axis.Maximum} {axis.Fuzz} {axis.Flat} {axis.Resolution}\n");
        }
    }

    // As long as the type's bitmap in the kernel is.
    private static int LinesOf(int type) => type switch
    {
        InputTypes.Key => 12,
        InputTypes.Relative or InputTypes.Misc or InputTypes.Switch or InputTypes.Led or InputTypes.Sound or InputTypes.Repeat => 1,
        InputTypes.Absolute => 1,
        _ => 2,
    };

    private static void Bitmap(StringBuilder text, string head, ReadOnlySpan<byte> bits, int lines)
    {
        for (int i = 0; i < lines; i++)
        {
            text.Append(head);
            foreach (byte value in bits.Slice(i * BytesPerLine, BytesPerLine))
                text.Append(CultureInfo.InvariantCulture, $" {value:x2}");
            text.Append('\n');
        }
    }

    private static void BeginLibinput(StringBuilder text, InputDescription device)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        text.Append("version: 1\nndevices: 1\nlibinput:\n  version: \"1.0\"\n  git: \"unknown\"\n");
        text.Append("system:\n  os: \"unknown\"\n  kernel: \"unknown\"\n  dmi: \"unknown\"\ndevices:\n- node: /dev/input/event0\n  evdev:\n");
        text.Append(culture, $"    name: \"{OneLine(device.Name).Replace('"', '\'').Replace('\\', '/')}\"\n");
        text.Append(culture, $"    id: [{device.Bus}, {device.Vendor}, {device.Product}, {device.Version}]\n    codes:\n      0: [0, 1, 2, 3]\n");
        for (int type = 1; type < InputTypes.Count; type++)
        {
            if (device.Has(type))
                text.Append(culture, $"      {type}: [{Listed(device.Codes(type))}]\n");
        }

        if (device.Has(InputTypes.Absolute))
            text.Append("    absinfo:\n");
        for (int code = 0; code < InputCodes.AxisCount; code++)
        {
            if (!device.Has(InputTypes.Absolute, code))
                continue;
            EvdevAxis axis = device.Axis(code);
            text.Append(culture, $"      {code}: [{axis.Minimum}, {axis.Maximum}, {axis.Fuzz}, {axis.Flat}, {axis.Resolution}]\n");
        }

        text.Append(culture, $"    properties: [{Listed(device.Properties)}]\n  hid: []\n  udev:\n    properties:\n    - ID_INPUT=1\n");
        text.Append("  quirks:\n  events:\n  - evdev:\n");
    }

    private static string Listed(ReadOnlySpan<byte> bits)
    {
        List<int> codes = [];
        for (int code = 0; code < bits.Length * 8; code++)
        {
            if ((bits[code >> 3] >> (code & 7) & 1) != 0)
                codes.Add(code);
        }

        return string.Join(", ", codes);
    }

    // Names are whatever a device says.
    private static string OneLine(string name) => string.Concat(name.Select(static c => char.IsControl(c) ? ' ' : c));
}
