"""A session that runs nothing: it prints settings and statement as SparkSettings.java reads them."""


class _Conf:
    def set(self, name, value):
        print(f"{name}\t{value}")


class SparkSession:
    conf = _Conf()

    class builder:
        @staticmethod
        def config(map):
            # A setting before the start is in the command line of the JVM.
            assert set(map) == {"spark.jars.packages", "spark.sql.extensions"}, map
            SparkSession.conf.set("spark.sql.extensions", map["spark.sql.extensions"])
            return SparkSession.builder

        @staticmethod
        def getOrCreate():
            return SparkSession()

    def sql(self, statement):
        print(statement)
        return self

    def show(self):
        pass
