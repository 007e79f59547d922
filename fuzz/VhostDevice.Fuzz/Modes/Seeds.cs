// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Modes;

/// <summary>Writes the hand-made inputs of a target into its corpus.</summary>
internal static class Seeds
{
    internal static int Write(IFuzzTarget target, string directory)
    {
        _ = Directory.CreateDirectory(directory);
        foreach ((string name, byte[] input) in target.Seeds)
        {
            target.Run(input);
            File.WriteAllBytes(Path.Combine(directory, name), input);
        }

        return 0;
    }
}
