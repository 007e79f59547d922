// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Gpio;

/// <summary>Neighbouring lines of a chip, as a user writes them: <c>4</c>, <c>0-3</c>, <c>7=pull-up</c>.</summary>
public readonly record struct GpioLineRange(int First, int Last, GpioBias Bias)
{
    internal static bool TryParse(string text, out GpioLineRange range, out string problem)
    {
        range = default;
        problem = "";
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        GpioBias? bias = equals < 0 ? GpioBias.AsIs : text[(equals + 1)..] switch
        {
            "pull-up" => GpioBias.PullUp,
            "pull-down" => GpioBias.PullDown,
            "no-pull" => GpioBias.Disabled,
            _ => null,
        };
        if (bias is null)
        {
            problem = $"'{text[(equals + 1)..]}' is no pull: pull-up, pull-down or no-pull";
            return false;
        }

        string numbers = equals < 0 ? text : text[..equals];
        int dash = numbers.IndexOf('-', StringComparison.Ordinal);
        bool good = TryNumber(dash < 0 ? numbers : numbers[..dash], out int first) & TryNumber(
            dash < 0 ? numbers : numbers[(dash + 1)..], out int last);
        if (!good || last < first || last >= GpioLineChoice.MaxLines)
        {
            problem = $"'{numbers}' is neither a line nor a range of lines, such as 4 or 0-3";
            return false;
        }

        range = new GpioLineRange(first, last, bias.Value);
        return true;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
