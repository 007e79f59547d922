// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Vsock.Settings;

/// <summary>Settings in one line: KEY=VALUE, separated by commas. A key that comes again replaces what it said before.</summary>
public static class VsockText
{
    /// <summary>Reads a line.</summary>
    /// <param name="problem">What is wrong when the result is null.</param>
    public static VsockSettings? Parse(string text, out string problem)
    {
        VsockSettings? settings = new();
        foreach (string pair in text.Trim().Split(','))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                problem = $"bad argument '{pair}': KEY=VALUE was expected, with commas between several";
                return null;
            }

            settings = settings.With(VsockSettings.KeyOf(pair[..equals]), pair[(equals + 1)..], out problem);
            if (settings is null)
                return null;
        }

        problem = settings.Problem();
        return problem.Length == 0 ? settings : null;
    }
}
