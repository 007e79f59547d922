// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Yaml;

namespace VhostDevice.Devices.Vsock.Settings;

/// <summary>Settings of several guests in a YAML file: a list 'vms', with the keys of <see cref="VsockSettings"/> in either spelling.</summary>
public static class VsockFile
{
    /// <exception cref="YamlFileException">The file cannot be read, or does not say what it should.</exception>
    public static IReadOnlyList<VsockSettings> Load(string path) => Parse(path, YamlText.Read(path, "the file"));

    /// <inheritdoc cref="Load"/>
    /// <param name="file">What messages call it.</param>
    public static IReadOnlyList<VsockSettings> Parse(string file, string text)
    {
        YamlMap root = new(file, YamlReader.Read(file, new StringReader(text)), "the file");
        List<VsockSettings> all = [];
        foreach (YamlNode node in root.List("vms"))
            all.Add(Vm(new YamlMap(file, node, "a guest")));
        root.End("vms");
        return all.Count > 0 ? all : throw root.Wrong("'vms' is missing, or empty: a list of guests");
    }

    private static VsockSettings Vm(YamlMap map)
    {
        VsockSettings settings = new();
        foreach (string written in map.Left.ToArray())
        {
            string key = VsockSettings.KeyOf(written);
            // Lists may be lists, or text with '+'.
            string value = map.IsList(written)
                ? string.Join('+', map.List(written).Select(n => map.Scalar(n, $"an entry of '{written}'")))
                : map.Text(written)!;
            settings = settings.With(key, value, out string problem) ?? throw map.WrongAt(written, problem);
        }

        string whole = settings.Problem();
        return whole.Length == 0 ? settings : throw map.Wrong(whole);
    }
}
